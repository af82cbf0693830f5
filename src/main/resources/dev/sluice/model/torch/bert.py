# A BERT sentence encoder, in the serialised TorchScript dialect. Sizes in comments: n tokens with padding, H heads, D head width, W
# width. One text a call, padded to one of a few lengths: a text is computed in one shape, whatever else is asked for.
class Bert(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  weights : List[Tensor]
  shape : List[int]
  scales : List[float]

  # weights: words, positions, kinds of tokens, two of the norm, then twelve a layer: matrix and bias of queries, keys and
  # values together, of the output, norm, inner matrix and bias, outer matrix and bias, norm. shape: layers, heads. scales:
  # epsilon of the norms, factor of the scores.
  def load(self: __torch__.Bert, weights: List[Tensor], shape: List[int], scales: List[float]) -> int:
    places = torch.add(weights[1], torch.narrow(weights[2], 0, 0, 1))
    _0 = torch._set_item(weights, 1, places)
    self.weights = weights
    self.shape = shape
    self.scales = scales
    return torch.numel(weights[0])

  def copy(self: __torch__.Bert, x: Tensor) -> Tensor:
    return torch.clone(x)

  def norm(self: __torch__.Bert, x: Tensor, at: int) -> Tensor:
    w = self.weights
    return torch.layer_norm(x, [torch.size(x, 1)], w[at], w[torch.add(at, 1)], self.scales[0], False)

  def linear(self: __torch__.Bert, x: Tensor, at: int) -> Tensor:
    w = self.weights
    return torch.linear(x, w[at], w[torch.add(at, 1)])

  # The vector of a text, [W]. tokens: [n], of which the first count are the text's, the others padding.
  def forward(self: __torch__.Bert, tokens: Tensor, count: int) -> Tensor:
    w = self.weights
    heads = self.shape[1]
    n = torch.size(tokens, 0)
    x = torch.add(torch.index_select(w[0], 0, tokens), torch.narrow(w[1], 0, 0, n))
    x = (self).norm(x, 3)
    padding = torch.ge(torch.arange(n, dtype=4, layout=None, device=ops.prim.device(x)), count)
    mask = torch.masked_fill(torch.zeros([n], dtype=6, layout=None, device=ops.prim.device(x)), padding, -inf)
    for l in range(self.shape[0]):
      b = torch.add(5, torch.mul(l, 12))
      qkv = torch.permute(torch.view((self).linear(x, b), [n, 3, heads, -1]), [1, 2, 0, 3])
      q, k, v, = torch.unbind(qkv)
      s = torch.bmm(torch.mul(q, self.scales[1]), torch.transpose(k, 1, 2))
      a = torch.bmm(torch.softmax(torch.add(s, mask), -1), v)
      a = torch.reshape(torch.transpose(a, 0, 1), [n, -1])
      x = (self).norm(torch.add(x, (self).linear(a, torch.add(b, 2))), torch.add(b, 4))
      h = torch.gelu((self).linear(x, torch.add(b, 6)))
      x = (self).norm(torch.add(x, (self).linear(h, torch.add(b, 8))), torch.add(b, 10))
    sum = torch.sum(torch.masked_fill(x, torch.unsqueeze(padding, -1), 0.0), [0])
    mean = torch.div(sum, count)
    length = torch.sqrt(torch.sum(torch.mul(mean, mean)))
    return torch.div(mean, torch.clamp_min(length, 1.0e-12))
