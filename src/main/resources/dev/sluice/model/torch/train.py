# Fits a small network by Adam, in the serialised TorchScript dialect. Backpropagation is written out: no gradients are
# recorded here. Sizes in comments: n rows, c choices of an example, k examples (k = n * outputs / c).
class Trainer(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  weights : List[Tensor]
  first : List[Tensor]
  second : List[Tensor]
  shape : List[int]

  # Takes the parameters and both moments of each: weight and bias of the norm where there is one, then of every layer.
  # shape: whether there is a norm, and c.
  def load(self: __torch__.Trainer, weights: List[Tensor], first: List[Tensor], second: List[Tensor], shape: List[int]) -> int:
    kept = annotate(List[Tensor], [])
    means = annotate(List[Tensor], [])
    squares = annotate(List[Tensor], [])
    for i in range(torch.len(weights)):
      _0 = torch.append(kept, torch.clone(weights[i]))
      _1 = torch.append(means, torch.clone(first[i]))
      _2 = torch.append(squares, torch.clone(second[i]))
    self.weights = kept
    self.first = means
    self.second = squares
    self.shape = shape
    return torch.len(kept)

  # Rows with mean 0 and variance 1.
  def standard(self: __torch__.Trainer, x: Tensor) -> Tensor:
    centred = torch.sub(x, torch.mean(x, [1], True))
    variance = torch.mean(torch.mul(centred, centred), [1], True)
    return torch.mul(centred, torch.rsqrt(torch.add(variance, 1e-05)))

  # What each layer reads, and what the last one gives. masks: what is left of each hidden number, or none.
  def forward(self: __torch__.Trainer, x: Tensor, masks: List[Tensor]) -> List[Tensor]:
    weights = self.weights
    at = 0
    h = x
    if torch.eq(self.shape[0], 1):
      h = torch.add(torch.mul((self).standard(x), weights[0]), weights[1])
      at = 2
    layers = torch.floordiv(torch.sub(torch.len(weights), at), 2)
    states = [h]
    for i in range(layers):
      j = torch.add(at, torch.mul(i, 2))
      h = torch.addmm(weights[torch.add(j, 1)], h, torch.t(weights[j]))
      if torch.lt(torch.add(i, 1), layers):
        h = torch.relu(h)
        if torch.gt(torch.len(masks), 0):
          h = torch.mul(h, masks[i])
      _0 = torch.append(states, h)
    return states

  def outputs(self: __torch__.Trainer, x: Tensor) -> Tensor:
    states = (self).forward(x, annotate(List[Tensor], []))
    return states[torch.sub(torch.len(states), 1)]

  # One step on a batch; gives the loss before it: cross-entropy of the chosen among c, weighted. labels: [k], the choice.
  # share: [k], what each example counts, summing to 1. rates: learning rate, decay of weights, both corrections of Adam.
  def step(self: __torch__.Trainer, x: Tensor, labels: Tensor, share: Tensor, masks: List[Tensor], rates: List[float]) -> Tensor:
    weights = self.weights
    states = (self).forward(x, masks)
    top = torch.sub(torch.len(states), 1)
    given = states[top]
    logp = torch.log_softmax(torch.view(given, [-1, self.shape[1]]), 1)
    chosen = torch.unsqueeze(labels, 1)
    loss = torch.neg(torch.sum(torch.mul(torch.squeeze(torch.gather(logp, 1, chosen), 1), share)))
    ones = torch.scatter_add(torch.neg(torch.exp(logp)), 1, chosen, torch.ones_like(torch.unsqueeze(share, 1)))
    d = torch.view(torch.mul(torch.neg(ones), torch.unsqueeze(share, 1)), torch.size(given))
    at = torch.mul(self.shape[0], 2)
    gradients = annotate(List[Tensor], [])
    for r in range(top):
      i = torch.sub(torch.sub(top, r), 1)
      h = states[i]
      _0 = torch.append(gradients, torch.sum(d, [0]))
      _1 = torch.append(gradients, torch.mm(torch.t(d), h))
      d = torch.mm(d, weights[torch.add(at, torch.mul(i, 2))])
      if torch.gt(i, 0):
        d = torch.mul(d, torch.gt(h, 0))
        if torch.gt(torch.len(masks), 0):
          d = torch.mul(d, masks[torch.sub(i, 1)])
    if torch.eq(self.shape[0], 1):
      _2 = torch.append(gradients, torch.sum(d, [0]))
      _3 = torch.append(gradients, torch.sum(torch.mul(d, (self).standard(x)), [0]))
    count = torch.len(gradients)
    for p in range(count):
      g = gradients[torch.sub(torch.sub(count, p), 1)]
      w = weights[p]
      m = torch.add_(torch.mul_((self.first)[p], 0.9), g, alpha=0.1)
      v = torch.addcmul_(torch.mul_((self.second)[p], 0.999), g, g, value=0.001)
      size = torch.add(torch.sqrt(torch.div(v, rates[3])), 1e-08)
      if torch.gt(torch.dim(w), 1):
        _4 = torch.mul_(w, torch.sub(1.0, torch.mul(rates[0], rates[1])))
      _5 = torch.addcdiv_(w, m, size, value=torch.neg(torch.div(rates[0], rates[2])))
    return loss

  # Copies of the parameters, their first moments and their second, in this order.
  def state(self: __torch__.Trainer) -> Tuple[Tensor, Tensor, Tensor]:
    return ((self).flat(self.weights), (self).flat(self.first), (self).flat(self.second))

  def flat(self: __torch__.Trainer, some: List[Tensor]) -> Tensor:
    parts = annotate(List[Tensor], [])
    for i in range(torch.len(some)):
      _0 = torch.append(parts, torch.reshape(some[i], [-1]))
    return torch.cat(parts)
