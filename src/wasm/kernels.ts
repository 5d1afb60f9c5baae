/**
 * The typed table of the module's exports. Pointers are byte offsets into the instance's memory, sizes are
 * elements; shapes and contracts stand with each kernel in `assembly/`. A test compares names and arities with the binary.
 */
export type Pointer = number;

/** A map over n consecutive floats, x to y. */
type MapKernel = (n: number, x: Pointer, y: Pointer) => void;
/** Its gradient: dx += dy times the slope, from the output y or the input, as the kernel says. */
type MapGradient = (n: number, y: Pointer, dy: Pointer, dx: Pointer) => void;
/** A map with a number of its own, and its gradient, from the input x. */
type ScaledMap = (n: number, a: number, x: Pointer, y: Pointer) => void;
type ScaledGradient = (n: number, a: number, x: Pointer, dy: Pointer, dx: Pointer) => void;
/** A join of one more input x into y. */
type JoinKernel = (n: number, x: Pointer, y: Pointer) => void;
/** Rows of n floats from x to y, each with a stride. */
type RowsKernel = (rows: number, n: number, x: Pointer, ldx: number, y: Pointer, ldy: number) => void;

export interface Kernels {
  exp_f32: MapKernel;
  log_f32: MapKernel;
  relu_f32: MapKernel;
  relu_grad_f32: MapGradient;
  sigmoid_f32: MapKernel;
  sigmoid_grad_f32: MapGradient;
  tanh_f32: MapKernel;
  tanh_grad_f32: MapGradient;

  elu_f32: MapKernel;
  elu_grad_f32: MapGradient;
  selu_f32: MapKernel;
  selu_grad_f32: MapGradient;
  hard_sigmoid_f32: MapKernel;
  hard_sigmoid_grad_f32: MapGradient;
  softplus_f32: MapKernel;
  softplus_grad_f32: MapGradient;
  softsign_f32: MapKernel;
  softsign_grad_f32: MapGradient;
  swish_f32: MapKernel;
  swish_grad_f32: MapGradient;
  gelu_f32: MapKernel;
  gelu_grad_f32: MapGradient;

  relu_top_f32: ScaledMap;
  relu_top_grad_f32: ScaledGradient;
  leaky_relu_f32: ScaledMap;
  leaky_relu_grad_f32: ScaledGradient;
  prelu_f32(rows: number, n: number, alpha: Pointer, x: Pointer, y: Pointer): void;
  prelu_grad_f32(rows: number, n: number, alpha: Pointer, x: Pointer, dy: Pointer, dx: Pointer): void;
  prelu_alpha_grad_f32(rows: number, n: number, x: Pointer, dy: Pointer, g: Pointer): void;

  first_not_finite_f32(n: number, x: Pointer): number;
  max_abs_f32(n: number, x: Pointer): number;

  gemm_f32_4x8(
    m: number,
    n: number,
    k: number,
    a: Pointer,
    lda: number,
    b: Pointer,
    c: Pointer,
    ldc: number,
    scratch: Pointer,
  ): void;
  gemm_tn_f32_4x8(
    m: number,
    n: number,
    k: number,
    a: Pointer,
    lda: number,
    b: Pointer,
    c: Pointer,
    ldc: number,
    scratch: Pointer,
  ): void;
  pack_b_f32_8(k: number, n: number, b: Pointer, ldb: number, floor: number, p: Pointer): void;
  pack_bt_f32_8(k: number, n: number, bt: Pointer, ldb: number, floor: number, p: Pointer): void;
  drop_below_f32(n: number, floor: number, x: Pointer, y: Pointer): void;

  count_nonzero_f32(n: number, x: Pointer): number;
  compress_rows_f32(rows: number, n: number, x: Pointer, starts: Pointer, entries: Pointer): void;
  transpose_entries(
    rows: number,
    n: number,
    starts: Pointer,
    entries: Pointer,
    startsT: Pointer,
    entriesT: Pointer,
  ): void;
  pack_b_f32_40(k: number, n: number, b: Pointer, ldb: number, floor: number, p: Pointer): void;
  gemm_sparse_f32_40(
    m: number,
    n: number,
    k: number,
    starts: Pointer,
    entries: Pointer,
    b: Pointer,
    c: Pointer,
    ldc: number,
    scratch: Pointer,
  ): void;

  add_f32: JoinKernel;
  sub_f32: JoinKernel;
  mul_f32: JoinKernel;
  max_f32: JoinKernel;
  max_grad_f32(n: number, x: Pointer, y: Pointer, dy: Pointer, dx: Pointer): void;
  scale_f32(n: number, a: number, x: Pointer, y: Pointer): void;
  axpy_f32(n: number, a: number, x: Pointer, y: Pointer): void;

  copy_rows_f32: RowsKernel;
  add_rows_f32: RowsKernel;
  fill_rows_f32(rows: number, n: number, x: Pointer, y: Pointer): void;
  sum_rows_f32(rows: number, n: number, x: Pointer, y: Pointer): void;
  add_f32_to_f64(n: number, x: Pointer, y: Pointer): void;

  sgd_f32(
    n: number,
    rate: number,
    momentum: number,
    nesterov: number,
    decay: number,
    w: Pointer,
    g: Pointer,
    v: Pointer,
  ): void;
  adam_f32(
    n: number,
    rate: number,
    rest1: number,
    rest2: number,
    unbias: number,
    epsilon: number,
    decay: number,
    w: Pointer,
    g: Pointer,
    m: Pointer,
    v: Pointer,
  ): void;
  gradient_step_f32(
    rows: number,
    n: number,
    length: number,
    lower: number,
    upper: number,
    x: Pointer,
    g: Pointer,
    y: Pointer,
  ): void;
  sign_step_f32(n: number, length: number, lower: number, upper: number, x: Pointer, g: Pointer, y: Pointer): void;
  pull_back_f32(rows: number, n: number, radius: number, x: Pointer, y: Pointer): void;
  dropout_f32(
    rows: number,
    n: number,
    threshold: number,
    scale: number,
    key0: number,
    key1: number,
    row: number,
    draw: number,
    stream: number,
    x: Pointer,
    y: Pointer,
  ): void;
  dropout_grad_f32(
    rows: number,
    n: number,
    threshold: number,
    scale: number,
    key0: number,
    key1: number,
    row: number,
    draw: number,
    stream: number,
    dy: Pointer,
    dx: Pointer,
  ): void;

  pad_image_f32(
    images: number,
    h: number,
    w: number,
    c: number,
    ph: number,
    pw: number,
    top: number,
    left: number,
    x: Pointer,
    y: Pointer,
  ): void;
  conv_f32_4x8(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    n: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    dh: number,
    dw: number,
    x: Pointer,
    b: Pointer,
    y: Pointer,
    scratch: Pointer,
  ): void;
  conv_filter_grad_f32_4x8(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    n: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    dh: number,
    dw: number,
    x: Pointer,
    dy: Pointer,
    dk: Pointer,
    scratch: Pointer,
  ): void;
  pack_filter_bt_f32_8(taps: number, c: number, n: number, filter: Pointer, floor: number, p: Pointer): void;
  scatter_window_f32(
    first: number,
    count: number,
    h: number,
    w: number,
    c: number,
    ow: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    dh: number,
    dw: number,
    top: number,
    left: number,
    columns: Pointer,
    dx: Pointer,
  ): void;

  depthwise_f32_4x8(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    m: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    dh: number,
    dw: number,
    top: number,
    left: number,
    x: Pointer,
    f: Pointer,
    y: Pointer,
  ): void;
  depthwise_input_grad_f32(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    m: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    dh: number,
    dw: number,
    top: number,
    left: number,
    dy: Pointer,
    f: Pointer,
    dx: Pointer,
  ): void;
  depthwise_filter_grad_f32(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    m: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    dh: number,
    dw: number,
    top: number,
    left: number,
    x: Pointer,
    dy: Pointer,
    df: Pointer,
  ): void;

  max_pool_f32(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    top: number,
    left: number,
    x: Pointer,
    y: Pointer,
  ): void;
  max_pool_grad_f32(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    top: number,
    left: number,
    x: Pointer,
    y: Pointer,
    dy: Pointer,
    dx: Pointer,
  ): void;
  avg_pool_f32(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    top: number,
    left: number,
    x: Pointer,
    y: Pointer,
  ): void;
  avg_pool_grad_f32(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    top: number,
    left: number,
    dy: Pointer,
    dx: Pointer,
  ): void;

  dilation_f32(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    dh: number,
    dw: number,
    top: number,
    left: number,
    x: Pointer,
    f: Pointer,
    y: Pointer,
  ): void;
  dilation_input_grad_f32(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    dh: number,
    dw: number,
    top: number,
    left: number,
    x: Pointer,
    f: Pointer,
    dy: Pointer,
    dx: Pointer,
  ): void;
  dilation_filter_grad_f32(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    dh: number,
    dw: number,
    top: number,
    left: number,
    x: Pointer,
    f: Pointer,
    dy: Pointer,
    df: Pointer,
  ): void;

  max_pool_3d_f32(
    volumes: number,
    d: number,
    h: number,
    w: number,
    c: number,
    od: number,
    oh: number,
    ow: number,
    kd: number,
    kh: number,
    kw: number,
    sd: number,
    sh: number,
    sw: number,
    front: number,
    top: number,
    left: number,
    x: Pointer,
    y: Pointer,
  ): void;
  max_pool_3d_grad_f32(
    volumes: number,
    d: number,
    h: number,
    w: number,
    c: number,
    od: number,
    oh: number,
    ow: number,
    kd: number,
    kh: number,
    kw: number,
    sd: number,
    sh: number,
    sw: number,
    front: number,
    top: number,
    left: number,
    x: Pointer,
    dy: Pointer,
    dx: Pointer,
  ): void;
  avg_pool_3d_grad_f32(
    volumes: number,
    d: number,
    h: number,
    w: number,
    c: number,
    od: number,
    oh: number,
    ow: number,
    kd: number,
    kh: number,
    kw: number,
    sd: number,
    sh: number,
    sw: number,
    front: number,
    top: number,
    left: number,
    dy: Pointer,
    dx: Pointer,
  ): void;

  resize_bilinear_grad_f32(
    images: number,
    h: number,
    w: number,
    c: number,
    oh: number,
    ow: number,
    rows: Pointer,
    columns: Pointer,
    down: Pointer,
    across: Pointer,
    dy: Pointer,
    dx: Pointer,
  ): void;

  segment_sum_f32(n: number, width: number, segments: number, x: Pointer, ids: Pointer, y: Pointer): void;
  permute_f32(rows: number, n: number, index: Pointer, x: Pointer, y: Pointer): void;
  permute_grad_f32(rows: number, n: number, index: Pointer, dy: Pointer, dx: Pointer): void;

  normalize_f32(rows: number, n: number, x: Pointer, mean: Pointer, scale: Pointer, shift: Pointer, y: Pointer): void;
  normalize_grad_f32(rows: number, n: number, scale: Pointer, dy: Pointer, dx: Pointer): void;
  normalize_scale_grad_f32(
    rows: number,
    n: number,
    x: Pointer,
    mean: Pointer,
    by: Pointer,
    dy: Pointer,
    g: Pointer,
  ): void;
  standardize_f32(rows: number, n: number, epsilon: number, x: Pointer, y: Pointer, inv: Pointer): void;
  standardize_grad_f32(
    rows: number,
    n: number,
    y: Pointer,
    inv: Pointer,
    gamma: Pointer,
    dy: Pointer,
    dx: Pointer,
    work: Pointer,
  ): void;

  softmax_f32(rows: number, n: number, x: Pointer, y: Pointer): void;
  softmax_grad_f32(rows: number, n: number, y: Pointer, dy: Pointer, dx: Pointer): void;
  squared_error_f32(rows: number, n: number, y: Pointer, target: Pointer, loss: Pointer, gradient: Pointer): void;
  cross_entropy_f32(rows: number, n: number, logits: Pointer, labels: Pointer, loss: Pointer, gradient: Pointer): void;

  lrn_f32(
    rows: number,
    n: number,
    radius: number,
    bias: number,
    alpha: number,
    beta: number,
    x: Pointer,
    y: Pointer,
    scratch: Pointer,
  ): void;
  lrn_grad_f32(
    rows: number,
    n: number,
    radius: number,
    bias: number,
    alpha: number,
    beta: number,
    x: Pointer,
    dy: Pointer,
    dx: Pointer,
    scratch: Pointer,
  ): void;
  l2_pool_f32(
    rows: number,
    h: number,
    w: number,
    c: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    top: number,
    left: number,
    oh: number,
    ow: number,
    eps: number,
    x: Pointer,
    y: Pointer,
  ): void;
  l2_pool_grad_f32(
    rows: number,
    h: number,
    w: number,
    c: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    top: number,
    left: number,
    oh: number,
    ow: number,
    x: Pointer,
    y: Pointer,
    dy: Pointer,
    dx: Pointer,
  ): void;
  contrast_f32(
    rows: number,
    h: number,
    w: number,
    c: number,
    size: number,
    window: Pointer,
    least: number,
    x: Pointer,
    y: Pointer,
    scratch: Pointer,
  ): void;
  contrast_grad_f32(
    rows: number,
    h: number,
    w: number,
    c: number,
    size: number,
    window: Pointer,
    least: number,
    x: Pointer,
    y: Pointer,
    dy: Pointer,
    dx: Pointer,
    scratch: Pointer,
  ): void;
  im2col_f32(
    first: number,
    m: number,
    ow: number,
    h: number,
    w: number,
    c: number,
    ld: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    dh: number,
    dw: number,
    top: number,
    left: number,
    x: Pointer,
    col: Pointer,
  ): void;
  col2im_f32(
    first: number,
    m: number,
    ow: number,
    h: number,
    w: number,
    c: number,
    ld: number,
    kh: number,
    kw: number,
    sh: number,
    sw: number,
    dh: number,
    dw: number,
    top: number,
    left: number,
    col: Pointer,
    dx: Pointer,
  ): void;

  dot_f64(n: number, x: Pointer, y: Pointer): number;
  axpy_f64(n: number, a: number, x: Pointer, y: Pointer): void;
  scale_f64(n: number, a: number, x: Pointer, y: Pointer): void;
  sub_f64(n: number, x: Pointer, y: Pointer, z: Pointer): void;
  copy_f64(n: number, x: Pointer, y: Pointer): void;
  squared_distance_f64(n: number, x: Pointer, y: Pointer): number;
  pair_of_points_f64(
    n: number,
    from: Pointer,
    to: Pointer,
    slopeFrom: Pointer,
    slopeTo: Pointer,
    s: Pointer,
    y: Pointer,
  ): number;
  norm2_f64(n: number, x: Pointer): number;
  norm_inf_f64(n: number, x: Pointer): number;
  clamp_f64(n: number, x: Pointer, lower: Pointer, upper: Pointer, y: Pointer): void;
  projected_gradient_f64(n: number, x: Pointer, g: Pointer, lower: Pointer, upper: Pointer, p: Pointer): number;
  free_set_f64(n: number, x: Pointer, g: Pointer, lower: Pointer, upper: Pointer, free: Pointer): void;
  trial_f64(
    n: number,
    a: number,
    x: Pointer,
    d: Pointer,
    g: Pointer,
    lower: Pointer,
    upper: Pointer,
    to: Pointer,
  ): number;
  two_loop_f64(
    n: number,
    pairs: number,
    capacity: number,
    newest: number,
    s: Pointer,
    y: Pointer,
    free: Pointer,
    g: Pointer,
    d: Pointer,
    gamma: number,
    work: Pointer,
  ): number;

  history_dots2_f64(
    n: number,
    pairs: number,
    capacity: number,
    head: number,
    s: Pointer,
    y: Pointer,
    a: Pointer,
    b: Pointer,
    out: Pointer,
  ): void;
  history_dots3_f64(
    n: number,
    pairs: number,
    capacity: number,
    head: number,
    s: Pointer,
    y: Pointer,
    a: Pointer,
    b: Pointer,
    c: Pointer,
    out: Pointer,
  ): void;
  reduced_gradient_f64(
    n: number,
    pairs: number,
    capacity: number,
    head: number,
    s: Pointer,
    y: Pointer,
    theta: number,
    coef: Pointer,
    z: Pointer,
    x: Pointer,
    g: Pointer,
    free: Pointer,
    r: Pointer,
    out: Pointer,
    work: Pointer,
  ): void;
  newton_step_f64(
    n: number,
    pairs: number,
    capacity: number,
    head: number,
    s: Pointer,
    y: Pointer,
    theta: number,
    coef: Pointer,
    sign: number,
    r: Pointer,
    at: Pointer,
    lower: Pointer,
    upper: Pointer,
    free: Pointer,
    step: Pointer,
    to: Pointer,
  ): number;
  exchange_f64(
    n: number,
    pairs: number,
    capacity: number,
    head: number,
    s: Pointer,
    y: Pointer,
    free: Pointer,
    previous: Pointer,
    out: Pointer,
    work: Pointer,
  ): number;

  breakpoints_f64(
    n: number,
    x: Pointer,
    g: Pointer,
    lower: Pointer,
    upper: Pointer,
    d: Pointer,
    t: Pointer,
    free: Pointer,
    z: Pointer,
    out: Pointer,
  ): void;
  find_f64(n: number, x: Pointer, value: number): number;
  heap_build_f64(n: number, t: Pointer, index: Pointer, used: number): number;
  heap_pop_f64(count: number, t: Pointer, index: Pointer): void;
  direction_f64(
    n: number,
    x: Pointer,
    to: Pointer,
    g: Pointer,
    lower: Pointer,
    upper: Pointer,
    d: Pointer,
    out: Pointer,
  ): void;
  pair_f64(n: number, a: number, d: Pointer, gNew: Pointer, g: Pointer, s: Pointer, y: Pointer): number;
  projected_norm_f64(n: number, x: Pointer, g: Pointer, lower: Pointer, upper: Pointer): number;
  step_f64(n: number, a: number, x: Pointer, d: Pointer, lower: Pointer, upper: Pointer, to: Pointer): void;

  demote_f64_to_f32(n: number, x: Pointer, y: Pointer): void;
  penalty_gradient_f64(n: number, c: number, x: Pointer, origin: Pointer, slope: Pointer, g: Pointer): number;

  norm2_f32(n: number, x: Pointer): number;
  step_residual_f64(n: number, a: number, x: Pointer, origin: Pointer, slope: Pointer, r: Pointer): number;
  place_residual_f64(
    n: number,
    a: number,
    origin: Pointer,
    r: Pointer,
    lower: Pointer,
    upper: Pointer,
    x: Pointer,
  ): void;
  half_space_f64(
    n: number,
    t: number,
    origin: Pointer,
    x: Pointer,
    slope: Pointer,
    lower: Pointer,
    upper: Pointer,
    to: Pointer,
    out: Pointer,
  ): void;

  pack_f32_to_f64_4(k: number, n: number, a: Pointer, lda: number, p: Pointer): void;
  gram_f64_4x4(n: number, k: number, p: Pointer, g: Pointer): void;
  cross_f64_4x4(n: number, k: number, a: Pointer, b: Pointer, c: Pointer): void;
  cholesky_f64(n: number, a: Pointer, scratch: Pointer): number;
  shift_f64(n: number, size: number, s: number, a: Pointer, b: Pointer): void;
  mirror_f64(n: number, a: Pointer): void;
  matvec_f64(m: number, n: number, a: Pointer, x: Pointer, y: Pointer): void;
}
