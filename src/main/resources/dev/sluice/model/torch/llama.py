# The decoder that all families share, in the serialised TorchScript dialect. Sizes in comments: n nodes, S sessions of a job, N its nodes a
# session, KV key heads, G query heads a key head, D head width, R pairs of a page and its session, W windows of 64.
#
# Exactness rules: every sum over positions is over 64 of them, laid out by logical position; partial sums are added in
# order by cumsum; no reduction runs over an extent that changes with the pass.
class Llama(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  weights : List[Tensor]
  cache : List[Tensor]
  tables : List[Tensor]
  extras : List[Tensor]
  packed : List[__torch__.torch.classes.quantized.LinearPackedParamsBase]
  shape : List[int]
  plan : List[int]
  watched : List[int]
  scales : List[float]

  # Takes the weights and allocates the zeroed KV pool, [layers, 2, pages, KV, 64, D]. extras: four a layer, those used of
  # biases, norms of heads, norms behind attention and feed-forward. shape: layers, heads, KV, D, pages, numbers of a layer in plan,
  # mode of the output matrix (0 float32, 1 int8, 2 int4, 3 bfloat16, 4 packed float16, 5 float16), whether there are
  # biases, norms of heads, the manners of Gemma, and the window. plan: of each layer rope, whether windowed,
  # and the modes of query-key-value, output, gate-up and down.
  # scales: epsilon of the norms, factor of the scores, cap of the scores, cap of the logits.
  def load(self: __torch__.Llama, weights: List[Tensor], extras: List[Tensor], ropes: List[Tensor], control: Tensor, shape: List[int], plan: List[int], scales: List[float]) -> int:
    layers = shape[0]
    kvheads = shape[2]
    dim = shape[3]
    pages = shape[4]
    kv = torch.zeros([layers, 2, pages, kvheads, 64, dim], dtype=6, layout=None, device=ops.prim.device(control))
    tables = [torch.clone(control)]
    for r in range(torch.len(ropes)):
      _0 = torch.append(tables, torch.view_as_complex(torch.clone(ropes[r])))
    self.weights = weights
    self.extras = extras
    self.cache = [kv, torch.view(kv, [layers, -1, dim])]
    self.tables = tables
    self.shape = shape
    self.plan = plan
    self.scales = scales
    return torch.numel(kv)

  # Makes passes give the residual stream behind those layers too, counted from 0.
  def watch(self: __torch__.Llama, layers: List[int]) -> int:
    self.watched = layers
    return torch.len(layers)

  def pack4(self: __torch__.Llama, q: Tensor) -> Tensor:
    return torch._convert_weight_to_int4pack_for_cpu(q, 2)

  # Keeps a matrix in half precision and returns its number.
  def pack16(self: __torch__.Llama, w: Tensor) -> Tensor:
    _0 = torch.append(self.packed, ops.quantized.linear_prepack_fp16(w, None))
    return torch.full([], torch.sub(torch.len(self.packed), 1), dtype=4, layout=None, device=None)

  def try16(self: __torch__.Llama, w: Tensor) -> Tensor:
    return ops.quantized.linear_dynamic_fp16(w, ops.quantized.linear_prepack_fp16(w, None))

  def cast(self: __torch__.Llama, x: Tensor, dtype: int) -> Tensor:
    return torch.to(x, dtype, False, True)

  def norm(self: __torch__.Llama, x: Tensor, weight: Tensor) -> Tensor:
    return torch.rms_norm(x, [torch.size(x, 1)], weight, self.scales[0])

  def linear(self: __torch__.Llama, x: Tensor, weight: Tensor, scale: Tensor, mode: int) -> Tensor:
    if torch.eq(mode, 2):
      y = torch._weight_int4pack_mm_for_cpu(torch.to(x, 15), weight, 32, scale)
    else:
      if torch.eq(mode, 1):
        y = torch._weight_int8pack_mm(torch.to(x, 15), weight, scale)
      else:
        if torch.eq(mode, 3):
          y = torch.linear(torch.to(x, 15), weight)
        else:
          if torch.eq(mode, 4):
            y = ops.quantized.linear_dynamic_fp16(x, (self.packed)[int(weight)])
          else:
            y = torch.linear(x, torch.to(weight, 6))
    return y

  def capped(self: __torch__.Llama, x: Tensor, cap: float) -> Tensor:
    return torch.mul_(torch.tanh_(torch.div(x, cap)), cap)

  # Norms the heads of queries and keys, [n, heads + 2 KV, D].
  def normed(self: __torch__.Llama, qkv: Tensor, weight: Tensor) -> Tensor:
    count = torch.size(weight, 0)
    qk = torch.rms_norm(torch.narrow(qkv, 1, 0, count), [self.shape[3]], None, self.scales[0])
    return torch.cat([torch.mul(qk, weight), torch.narrow(qkv, 1, count, self.shape[2])], 1)

  # GELU by its tangent approximation, of operators that give the same bits wherever an element lies.
  def gelu(self: __torch__.Llama, x: Tensor) -> Tensor:
    inside = torch.mul(torch.add(torch.mul(torch.mul(torch.mul(x, x), x), 0.044715), x), 0.7978845608028654)
    return torch.mul(torch.mul(torch.add(torch.tanh_(inside), 1), x), 0.5)

  # Batched products with pages that lie in one or more runs, [R * KV, rows, columns]; base is added if asked for.
  def products(self: __torch__.Llama, base: Tensor, left: Tensor, right: List[Tensor], spans: List[int], add: bool) -> Tensor:
    if torch.eq(torch.len(right), 1):
      if add:
        y = torch.baddbmm(base, left, right[0])
      else:
        y = torch.bmm(left, right[0])
    else:
      some = annotate(List[Tensor], [])
      at = 0
      for r in range(torch.len(right)):
        size = torch.mul(spans[r], self.shape[2])
        part = torch.narrow(left, 0, at, size)
        if add:
          _0 = torch.append(some, torch.baddbmm(torch.narrow(base, 0, at, size), part, right[r]))
        else:
          _1 = torch.append(some, torch.bmm(part, right[r]))
        at = torch.add(at, size)
      y = torch.cat(some)
    return y

  # Attention of one job, [S * N, heads * D]. job: S, N, R, first node or -1, W, whether nothing has to be looked up, first
  # run, runs. t: nodes, position of each pair, session of each pair, pages of each session, partial sums of each session,
  # the last of them, last visible position of each node; for trees the page with the rest, columns of the scores, rows of
  # the values, and the mask of the windows.
  def attend(self: __torch__.Llama, qkv: Tensor, keys: List[Tensor], values: List[Tensor], spans: List[int], rows: Tensor, mask: Tensor, job: List[int], t: List[Tensor]) -> Tensor:
    heads = self.shape[1]
    kvheads = self.shape[2]
    dim = self.shape[3]
    group = torch.floordiv(heads, kvheads)
    sessions = job[0]
    nodes = job[1]
    pairs = job[2]
    windows = job[4]
    count = torch.mul(sessions, nodes)
    wide = torch.mul(nodes, heads)
    if torch.ge(job[3], 0):
      own = torch.narrow(qkv, 0, job[3], count)
    else:
      own = torch.index_select(qkv, 0, t[0])
    q = torch.permute(torch.view(torch.narrow(own, 1, 0, heads), [sessions, nodes, kvheads, group, dim]), [0, 2, 1, 3, 4])
    if torch.eq(sessions, 1):
      qp = torch.reshape(torch.expand(q, [pairs, kvheads, nodes, group, dim]), [-1, torch.mul(nodes, group), dim])
    else:
      qp = torch.view(torch.index_select(q, 0, t[2]), [-1, torch.mul(nodes, group), dim])
    cap = self.scales[2]
    if torch.gt(cap, 0.0):
      s = torch.view(torch.add((self).capped((self).products(mask, qp, keys, spans, False), cap), mask), [pairs, wide, 64])
    else:
      s = torch.view((self).products(mask, qp, keys, spans, True), [pairs, wide, 64])
    if torch.eq(job[5], 1):
      e = torch.exp_(torch.sub(s, torch.amax(s, [0, 2], True)))
      den = torch.select(torch.cumsum(torch.sum(e, [-1]), 0), 0, -1)
      o = torch.view((self).products(mask, torch.view(e, [-1, torch.mul(nodes, group), 64]), values, spans, False), [pairs, -1])
      o = torch.select(torch.cumsum(o, 0), 0, -1)
    else:
      top = torch.amax(torch.view(torch.index_select(torch.amax(s, [-1]), 0, t[3]), [sessions, -1, wide]), [1])
      if torch.gt(windows, 0):
        width = torch.mul(windows, 64)
        fresh = torch.view(torch.narrow(own, 1, heads, kvheads), [sessions, nodes, kvheads, dim])
        fresh = torch.constant_pad_nd(torch.transpose(fresh, 1, 2), [0, 0, 0, torch.sub(64, nodes)])
        fresh = torch.transpose(torch.reshape(fresh, [-1, 64, dim]), 1, 2)
        sn = torch.bmm(torch.reshape(q, [-1, torch.mul(nodes, group), dim]), fresh)
        if torch.gt(cap, 0.0):
          sn = (self).capped(sn, cap)
        sn = torch.view(sn, [sessions, kvheads, nodes, group, 64])
        sp = torch.view(torch.index_select(s, 0, t[7]), [sessions, kvheads, nodes, group, 64])
        st = torch.gather(torch.cat([sp, sn], -1), -1, torch.expand(torch.view(t[8], [sessions, 1, nodes, 1, width]), [sessions, kvheads, nodes, group, width]))
        st = torch.add_(st, t[10])
        top = torch.maximum(top, torch.view(torch.amax(st, [-1]), [sessions, wide]))
        et = torch.exp_(torch.sub_(st, torch.view(top, [sessions, kvheads, nodes, group, 1])))
        et = torch.view(et, [sessions, kvheads, nodes, group, windows, 64])
        dt = torch.reshape(torch.permute(torch.sum(et, [-1]), [0, 4, 1, 2, 3]), [-1, wide])
        vt = torch.view(torch.index_select(rows, 0, t[9]), [-1, 64, dim])
        ot = torch.bmm(torch.reshape(torch.permute(et, [0, 2, 1, 4, 3, 5]), [-1, group, 64]), vt)
        ot = torch.permute(torch.view(ot, [sessions, nodes, kvheads, windows, group, dim]), [0, 3, 2, 1, 4, 5])
        ot = torch.reshape(ot, [torch.mul(sessions, windows), -1])
      else:
        dt = top
        ot = top
      e = torch.exp_(torch.sub_(s, torch.unsqueeze(torch.index_select(top, 0, t[2]), -1)))
      dp = torch.sum(e, [-1])
      op = torch.view((self).products(mask, torch.view(e, [-1, torch.mul(nodes, group), 64]), values, spans, False), [pairs, -1])
      if torch.gt(windows, 0):
        dp = torch.cat([dp, dt])
        op = torch.cat([op, ot])
      den = torch.cumsum(torch.view(torch.index_select(dp, 0, t[4]), [sessions, -1, wide]), 1)
      den = torch.index_select(torch.view(den, [-1, wide]), 0, t[5])
      o = torch.cumsum(torch.view(torch.index_select(op, 0, t[4]), [sessions, -1, torch.mul(wide, dim)]), 1)
      o = torch.index_select(torch.view(o, [-1, torch.mul(wide, dim)]), 0, t[5])
    o = torch.div(torch.view(o, [sessions, kvheads, nodes, group, dim]), torch.view(den, [sessions, kvheads, nodes, group, 1]))
    return torch.reshape(torch.permute(o, [0, 2, 1, 3, 4]), [count, -1])

  # Minus infinity where something is hidden, else 0.
  def mask(self: __torch__.Llama, hidden: Tensor) -> Tensor:
    return torch.masked_fill(torch.zeros(torch.size(hidden), dtype=6, layout=None, device=ops.prim.device(hidden)), hidden, -inf)

  # The mask of pages, given once a node, for all its heads, [R * KV, rows, 64].
  def spread(self: __torch__.Llama, hidden: Tensor, pairs: int, nodes: int) -> Tensor:
    kvheads = self.shape[2]
    wide = torch.expand(torch.view((self).mask(hidden), [pairs, 1, nodes, 1, 64]), [pairs, kvheads, nodes, torch.floordiv(self.shape[1], kvheads), 64])
    return torch.reshape(wide, [torch.mul(pairs, kvheads), -1, 64])

  # One pass. x: embedded tokens [n, width]. ints, cut by sizes: positions, rows that keys and values go to, rows to copy
  # first and whither, order of padded nodes, wanted nodes; then eleven parts a job. Gives logits and final-norm states of the
  # wanted nodes, and of all nodes the states behind the watched layers, side by side.
  def forward(self: __torch__.Llama, x: Tensor, ints: Tensor, sizes: List[int], jobs: List[int], runs: List[int]) -> Tuple[Tensor, Tensor, Tensor]:
    layers = self.shape[0]
    heads = self.shape[1]
    kvheads = self.shape[2]
    dim = self.shape[3]
    stride = self.shape[5]
    outmode = self.shape[6]
    w = self.weights
    kv = self.cache[0]
    flat = self.cache[1]
    p = torch.split_with_sizes(ints, sizes)
    n = torch.size(x, 0)
    slots = p[1]
    if torch.gt(torch.numel(p[2]), 0):
      _0 = torch.index_copy_(flat, 1, p[3], torch.index_select(flat, 1, p[2]))
    plan = self.plan
    gemma = torch.eq(self.shape[9], 1)
    window = self.shape[10]
    turns = annotate(List[Tensor], [])
    for r in range(torch.sub(torch.len(self.tables), 1)):
      f = torch.unsqueeze(torch.index_select(self.tables[torch.add(r, 1)], 0, p[0]), 1)
      one = torch.ones_like(f)
      turn = torch.cat([torch.expand(torch.mul(f, self.scales[1]), [n, heads, -1]), torch.expand(f, [n, kvheads, -1]), torch.expand(one, [n, kvheads, -1])], 1)
      _13 = torch.append(turns, turn)
    all = torch.unbind(flat)
    # One entry a job; those called near are for windowed layers, which do not see what lies a window back.
    masks = annotate(List[Tensor], [])
    parts = annotate(List[List[Tensor]], [])
    nearmasks = annotate(List[Tensor], [])
    nearparts = annotate(List[List[Tensor]], [])
    metas = annotate(List[List[int]], [])
    spans = annotate(List[List[int]], [])
    keys = annotate(List[List[Tensor]], [])
    values = annotate(List[List[Tensor]], [])
    for r in range(torch.floordiv(torch.len(runs), 2)):
      span = torch.narrow(kv, 2, runs[torch.mul(r, 2)], runs[torch.add(torch.mul(r, 2), 1)])
      _1 = torch.append(keys, torch.unbind(torch.transpose(torch.view(torch.select(span, 1, 0), [layers, -1, 64, dim]), 2, 3)))
      _2 = torch.append(values, torch.unbind(torch.view(torch.select(span, 1, 1), [layers, -1, 64, dim])))
    column = torch.arange(64, dtype=4, layout=None, device=ops.prim.device(x))
    count = torch.floordiv(torch.len(jobs), 8)
    for j in range(count):
      job = torch.slice(jobs, torch.mul(j, 8), torch.mul(torch.add(j, 1), 8), 1)
      first = torch.add(6, torch.mul(j, 11))
      t = torch.slice(p, first, torch.add(first, 11), 1)
      sessions = job[0]
      nodes = job[1]
      pairs = job[2]
      where = torch.add(torch.view(t[1], [pairs, 1, 1]), column)
      limit = torch.index_select(torch.view(t[6], [sessions, nodes]), 0, t[2])
      hidden = torch.gt(where, torch.unsqueeze(limit, -1))
      _3 = torch.append(masks, (self).spread(hidden, pairs, nodes))
      nearer = torch.slice(t, 0, 11, 1)
      _6 = torch.append(parts, t)
      _7 = torch.append(nearparts, nearer)
      if torch.gt(job[4], 0):
        places = torch.arange(torch.mul(job[4], 64), dtype=4, layout=None, device=ops.prim.device(x))
        valid = torch.view(t[10], [sessions, 1, nodes, 1, 1])
        late = torch.ge(places, valid)
        _4 = torch._set_item(t, 10, (self).mask(late))
        if torch.gt(window, 0):
          _9 = torch._set_item(nearer, 10, (self).mask(torch.logical_or(late, torch.lt(places, torch.sub(valid, window)))))
      if torch.gt(window, 0):
        if torch.ge(job[3], 0):
          at = torch.narrow(p[0], 0, job[3], torch.mul(sessions, nodes))
        else:
          at = torch.index_select(p[0], 0, t[0])
        edge = torch.sub(torch.index_select(torch.view(at, [sessions, nodes]), 0, t[2]), torch.sub(window, 1))
        far = torch.logical_or(hidden, torch.lt(where, torch.unsqueeze(edge, -1)))
        _8 = torch.append(nearmasks, (self).spread(far, pairs, nodes))
      own = annotate(List[int], [])
      for r in range(job[7]):
        _5 = torch.append(own, runs[torch.add(torch.mul(torch.add(job[6], r), 2), 1)])
      _14 = torch.append(spans, own)
      _15 = torch.append(metas, job)
    states = annotate(List[Tensor], [])
    for l in range(layers):
      b = torch.mul(l, 10)
      rows = all[l]
      h = (self).norm(x, w[b])
      extra = torch.mul(l, 4)
      place = torch.mul(l, stride)
      near = torch.eq(plan[torch.add(place, 1)], 1)
      qkv = torch.to((self).linear(h, w[torch.add(b, 1)], w[torch.add(b, 2)], plan[torch.add(place, 2)]), 6)
      if torch.eq(self.shape[7], 1):
        qkv = torch.add(qkv, self.extras[extra])
      if torch.eq(self.shape[8], 1):
        qkv = (self).normed(torch.view(qkv, [n, -1, dim]), self.extras[torch.add(extra, 1)])
      qkv = torch.view(qkv, [n, -1, torch.floordiv(dim, 2), 2])
      turn = turns[plan[place]]
      qkv = torch.view(torch.view_as_real(torch.mul(torch.view_as_complex(qkv), turn)), [n, -1, dim])
      _16 = torch.index_copy_(rows, 0, slots, torch.reshape(torch.narrow(qkv, 1, heads, torch.mul(kvheads, 2)), [-1, dim]))
      outs = annotate(List[Tensor], [])
      for j in range(count):
        job = metas[j]
        if near:
          t = nearparts[j]
          mask = nearmasks[j]
        else:
          t = parts[j]
          mask = masks[j]
        k = annotate(List[Tensor], [])
        v = annotate(List[Tensor], [])
        for r in range(job[7]):
          _10 = torch.append(k, keys[torch.add(job[6], r)][l])
          _11 = torch.append(v, values[torch.add(job[6], r)][l])
        _12 = torch.append(outs, (self).attend(qkv, k, v, spans[j], rows, mask, job, t))
      if torch.eq(count, 1):
        o = outs[0]
      else:
        o = torch.cat(outs)
      if torch.gt(torch.numel(p[4]), 0):
        o = torch.index_select(o, 0, p[4])
      o = (self).linear(o, w[torch.add(b, 3)], w[torch.add(b, 4)], plan[torch.add(place, 3)])
      if gemma:
        o = (self).norm(torch.to(o, 6), self.extras[torch.add(extra, 2)])
      x = torch.add(x, o)
      h = (self).norm(x, w[torch.add(b, 5)])
      gu = (self).linear(h, w[torch.add(b, 6)], w[torch.add(b, 7)], plan[torch.add(place, 4)])
      inner = torch.floordiv(torch.size(gu, 1), 2)
      gate = torch.narrow(gu, 1, 0, inner)
      if gemma:
        act = (self).gelu(torch.to(gate, 6))
      else:
        act = torch.silu(gate)
      act = torch.mul_(act, torch.narrow(gu, 1, inner, inner))
      down = (self).linear(act, w[torch.add(b, 8)], w[torch.add(b, 9)], plan[torch.add(place, 5)])
      if gemma:
        down = (self).norm(torch.to(down, 6), self.extras[torch.add(extra, 3)])
      x = torch.add_(x, down)
      if torch.__contains__(self.watched, l):
        _17 = torch.append(states, x)
    b = torch.mul(layers, 10)
    hidden = (self).norm(torch.index_select(x, 0, p[5]), w[b])
    logits = (self).linear(hidden, w[torch.add(b, 1)], w[torch.add(b, 2)], outmode)
    if torch.gt(self.scales[3], 0.0):
      logits = (self).capped(torch.to(logits, 6), self.scales[3])
    if torch.gt(torch.len(states), 0):
      seen = torch.cat(states, 1)
    else:
      seen = torch.narrow(x, 0, 0, 0)
    return (logits, hidden, seen)

  def join(self: __torch__.Llama, x: List[Tensor]) -> Tensor:
    return torch.cat(x)

  def row(self: __torch__.Llama, x: Tensor, index: int, width: int) -> Tensor:
    return torch.clone(torch.to(torch.narrow(torch.select(x, 0, index), 0, 0, width), 6))

  def some(self: __torch__.Llama, x: Tensor, index: int, tokens: Tensor) -> Tensor:
    return torch.to(torch.index_select(torch.select(x, 0, index), 0, tokens), 6)

  # A small network over each row. w: weight and bias of a layer norm, or two empty ones; then weight and bias of each layer.
  def judge(self: __torch__.Llama, x: Tensor, w: List[Tensor]) -> Tensor:
    if torch.gt(torch.numel(w[0]), 0):
      x = torch.layer_norm(x, [torch.size(x, 1)], w[0], w[1], 1.0e-05)
    layers = torch.sub(torch.floordiv(torch.len(w), 2), 1)
    for l in range(layers):
      if torch.gt(l, 0):
        x = torch.relu(x)
      x = torch.linear(x, w[torch.add(torch.mul(l, 2), 2)], w[torch.add(torch.mul(l, 2), 3)])
    return x

  # The k best of each row, tokens then logits, [rows, 2 * k]: they lie in the k blocks of 64 with the greatest maxima.
  def best(self: __torch__.Llama, x: Tensor, k: int) -> Tensor:
    rows = torch.size(x, 0)
    blocks = torch.view(x, [rows, -1, 64])
    few = ops.prim.min(k, torch.size(blocks, 1))
    _0, block = torch.topk(torch.amax(blocks, [-1]), few, -1, True, False)
    some = torch.gather(blocks, 1, torch.expand(torch.unsqueeze(block, -1), [rows, few, 64]))
    value, index = torch.topk(torch.view(some, [rows, -1]), k)
    token = torch.add(torch.mul(torch.gather(block, 1, torch.floor_divide(index, 64)), 64), torch.remainder(index, 64))
    return torch.cat([torch.to(token, 6), value], 1)

  # ints: edited places, tokens to gather, masked rows, mask of each. floats: penalties, summands, temperatures.
  def rank(self: __torch__.Llama, logits: Tensor, ints: Tensor, floats: Tensor, intsizes: List[int], floatsizes: List[int], masks: List[Tensor], k: int) -> Tensor:
    i = torch.split_with_sizes(ints, intsizes)
    f = torch.split_with_sizes(floats, floatsizes)
    rows = torch.size(logits, 0)
    edited = torch.add(logits, self.tables[0])
    if torch.gt(torch.numel(i[0]), 0):
      flat = torch.view(edited, [-1])
      old = torch.index_select(flat, 0, i[0])
      new = torch.where(torch.gt(old, 0), torch.div(old, f[0]), torch.mul(old, f[0]))
      _0 = torch.index_copy_(flat, 0, i[0], torch.add(new, f[1]))
    if torch.gt(torch.numel(f[2]), 0):
      edited = torch.div_(edited, torch.unsqueeze(f[2], -1))
    best = (self).best(edited, k)
    top = torch.clamp_min(torch.narrow(best, 1, k, 1), -3.0e+38)
    part = torch.sum(torch.view(torch.exp_(torch.sub(edited, top)), [rows, -1, 64]), [-1])
    sum = torch.narrow(torch.cumsum(part, 1, dtype=7), 1, torch.sub(torch.size(part, 1), 1), 1)
    lse = torch.to(torch.add(torch.log(sum), top), 6)
    out = [best, lse]
    if torch.gt(torch.numel(i[1]), 0):
      _1 = torch.append(out, torch.gather(edited, 1, torch.view(i[1], [rows, -1])))
    packed = torch.view(torch.cat(out, 1), [-1])
    if torch.gt(torch.len(masks), 0):
      forbidden = torch.index_select(torch.stack(masks), 0, i[3])
      allowed = torch.masked_fill(torch.index_select(edited, 0, i[2]), forbidden, -inf)
      packed = torch.cat([packed, torch.view((self).best(allowed, k), [-1])])
    return packed
