/** What the plain operators refuse: each with a typed error that names the node and what is wrong. */

import { describe, expect, it } from "vitest";
import { CalypteError } from "../src/errors.js";
import { register } from "../src/ir/operator.js";
import { bool, float32, int32, int64, strings, type Tensor } from "../src/ir/tensor.js";
import { argExtremum } from "./arg-extremum.js";
import { binaryArithmetic } from "./binary-arithmetic.js";
import { cast } from "./cast.js";
import { concat } from "./concat.js";
import { cumSum } from "./cum-sum.js";
import { einsum } from "./einsum.js";
import { expand } from "./expand.js";
import { flatten } from "./flatten.js";
import { gather } from "./gather.js";
import { gatherElements } from "./gather-elements.js";
import { gatherNd } from "./gather-nd.js";
import { gemm } from "./gemm.js";
import { identity } from "./identity.js";
import { lpNormalization } from "./lp-normalization.js";
import { matMul } from "./mat-mul.js";
import { mod } from "./mod.js";
import { oneHot } from "./one-hot.js";
import { pad } from "./pad.js";
import { range } from "./range.js";
import { reduction } from "./reduction.js";
import { reshape } from "./reshape.js";
import { graphOf, lower, type Operand, type SingleNode } from "./shared/single-node.testing.js";
import { slice } from "./slice.js";
import { softmax } from "./softmax.js";
import { split } from "./split.js";
import { squeeze } from "./squeeze.js";
import { tile } from "./tile.js";
import { topK } from "./top-k.js";
import { transpose } from "./transpose.js";
import { unaryMath } from "./unary-math.js";
import { unsqueeze } from "./unsqueeze.js";

const operators = [
  register(argExtremum),
  register(binaryArithmetic),
  register(cast),
  register(concat),
  register(cumSum),
  register(einsum),
  register(expand),
  register(flatten),
  register(gather),
  register(gatherElements),
  register(gatherNd),
  register(gemm),
  register(identity),
  register(lpNormalization),
  register(matMul),
  register(mod),
  register(oneHot),
  register(pad),
  register(range),
  register(reduction),
  register(reshape),
  register(slice),
  register(softmax),
  register(split),
  register(squeeze),
  register(tile),
  register(topK),
  register(transpose),
  register(unaryMath),
  register(unsqueeze),
];

const rows = (t: Tensor): Operand => ({ rows: t });
const fixed = (t: Tensor): Operand => ({ fixed: t });
const constant = (t: Tensor): Operand => ({ constant: t });
const ints = (...values: readonly number[]): Operand => constant(int64(values));
const int = (value: number) => ({ int: value });

const x = rows(float32([1, 2, 3, 4, 5, 6], [3, 2]));
const whole = rows(int64([1, 2, 3, 4, 5, 6], [3, 2]));
const computed = fixed(int64([2, 3]));

type Refusal = readonly [
  code: CalypteError["code"],
  message: RegExp,
  node: Omit<SingleNode, "opset"> & { readonly opset?: number },
];

const parse = "MODEL_PARSE";
const unsupported = "UNSUPPORTED";

const refusals: readonly Refusal[] = [
  [parse, /input 1 is missing, Add needs 2/, { op: "Add", inputs: [x] }],
  [parse, /3 inputs, but Add of version 18 takes at most 2/, { op: "Add", inputs: [x, x, x] }],
  [parse, /2 outputs, but Abs of version 18 has at most 1/, { op: "Abs", inputs: [x], outputs: 2 }],
  [parse, /do not broadcast/, { op: "Add", inputs: [x, constant(float32([1, 2, 3]))] }],
  [parse, /differ in type/, { op: "Add", inputs: [x, whole] }],
  [unsupported, /Add/, { op: "Add", inputs: [x, x], attributes: { broadcast: int(1) }, opset: 6 }],
  [
    unsupported,
    /consumed_inputs/,
    { op: "Abs", inputs: [x], attributes: { consumed_inputs: { ints: [0] } }, opset: 5 },
  ],
  [unsupported, /attribute "axis"/, { op: "Transpose", inputs: [x], attributes: { axis: int(1) } }],
  [parse, /axis 2 is not in \[-2, 2\)/, { op: "ArgMax", inputs: [x], attributes: { axis: int(2) } }],
  [parse, /keepdims must be 0 or 1, got 2/, { op: "ArgMax", inputs: [x], attributes: { keepdims: int(2) } }],
  [parse, /axis -3 is not in/, { op: "ReduceSum", inputs: [x, ints(-3)] }],
  [parse, /axis 1 occurs twice/, { op: "ReduceSum", inputs: [x, ints(1, -1)] }],
  [unsupported, /the axes must be known/, { op: "ReduceSum", inputs: [x, computed] }],
  [
    unsupported,
    /ReduceL2 is computed on floating-point numbers, got int64/,
    { op: "ReduceL2", inputs: [whole, ints(1)] },
  ],
  [unsupported, /noop_with_empty_axes/, { op: "ReduceL2", inputs: [x], attributes: { noop_with_empty_axes: int(1) } }],
  [unsupported, /Softmax is computed on floating-point/, { op: "Softmax", inputs: [whole] }],
  [unsupported, /shape of Reshape must be known/, { op: "Reshape", inputs: [x, computed] }],
  [parse, /the sizes do not divide/, { op: "Reshape", inputs: [x, ints(-1, 3)] }],
  [parse, /at most one size may be -1/, { op: "Reshape", inputs: [x, ints(-1, -1)] }],
  [parse, /has no axis 2 to copy/, { op: "Reshape", inputs: [x, ints(1, 2, 0)] }],
  [parse, /another number of elements/, { op: "Reshape", inputs: [x, ints(5, 2)] }],
  [parse, /axis 3 is not in \[-2, 2\]/, { op: "Flatten", inputs: [x], attributes: { axis: int(3) } }],
  [parse, /axis 1 of \[N, 2\] is not of size 1/, { op: "Squeeze", inputs: [x, ints(1)] }],
  [parse, /axis 0 of \[N, 2\] is not of size 1/, { op: "Squeeze", inputs: [x, ints(0)] }],
  [parse, /axis 1 occurs twice/, { op: "Unsqueeze", inputs: [x, ints(1, 1)] }],
  [parse, /no permutation of 2 axes/, { op: "Transpose", inputs: [x], attributes: { perm: { ints: [0] } } }],
  [parse, /axis 0 occurs twice/, { op: "Transpose", inputs: [x], attributes: { perm: { ints: [0, 0] } } }],
  [parse, /does not broadcast to/, { op: "Expand", inputs: [x, ints(3, 3)] }],
  [parse, /repeats must be 2 counts/, { op: "Tile", inputs: [x, ints(2)] }],
  [unsupported, /no one form for every batch size/, { op: "Slice", inputs: [x, ints(0), ints(1), ints(0)] }],
  [unsupported, /no one form for every batch size/, { op: "Slice", inputs: [x, ints(1), ints(2 ** 31), ints(0)] }],
  [parse, /the step along axis 1 is 0/, { op: "Slice", inputs: [x, ints(0), ints(1), ints(1), ints(0)] }],
  [parse, /2 starts, but 1 ends/, { op: "Slice", inputs: [x, ints(0, 0), ints(1)] }],
  [parse, /axis 1 is cut twice/, { op: "Slice", inputs: [x, ints(0, 0), ints(1, 1), ints(1, -1)] }],
  [
    unsupported,
    /has no fixed size to split/,
    { op: "Split", inputs: [x], attributes: { num_outputs: int(2) }, outputs: 2 },
  ],
  [parse, /needs either sizes or num_outputs/, { op: "Split", inputs: [x], attributes: { axis: int(1) }, outputs: 2 }],
  [
    parse,
    /2 elements do not split into \[1,2\]/,
    { op: "Split", inputs: [x, ints(1, 2)], attributes: { axis: int(1) }, outputs: 2 },
  ],
  [
    parse,
    /2 elements do not split into 3 equal parts/,
    { op: "Split", inputs: [x], attributes: { axis: int(1) }, outputs: 3, opset: 13 },
  ],
  [parse, /index 2 is not in \[-2, 2\)/, { op: "Gather", inputs: [x, ints(2)], attributes: { axis: int(1) } }],
  [
    parse,
    /indices must be int32 or int64, got float32/,
    { op: "Gather", inputs: [x, constant(float32([1]))], attributes: { axis: int(1) } },
  ],
  [
    parse,
    /data \[N, 2\] and indices \[2\] differ in rank/,
    { op: "GatherElements", inputs: [x, constant(int64([0, 1]))], attributes: { axis: int(1) } },
  ],
  [
    parse,
    /differ in the batch axis 0/,
    { op: "GatherND", inputs: [x, constant(int64([0], [1, 1]))], attributes: { batch_dims: int(1) } },
  ],
  [unsupported, /has no fixed size to pad/, { op: "Pad", inputs: [x, ints(1, 0, 0, 0)] }],
  [parse, /2 axes need 4 pads, got 2/, { op: "Pad", inputs: [x, ints(1, 0)] }],
  [
    parse,
    /axes "...ijk" for shape \[N, 2\]/,
    { op: "Einsum", inputs: [x], attributes: { equation: { string: "...ijk->...j" } } },
  ],
  [
    parse,
    /the diagonal of axes of \[N, 2\]|sizes \[N, 2\]/,
    { op: "Einsum", inputs: [x], attributes: { equation: { string: "ii->i" } } },
  ],
  [
    parse,
    /names an axis of its result twice/,
    { op: "Einsum", inputs: [x], attributes: { equation: { string: "ij->ii" } } },
  ],
  [parse, /is malformed/, { op: "Einsum", inputs: [x], attributes: { equation: { string: "i...j...->i" } } }],
  [
    parse,
    /has no operand with the axis k/,
    { op: "Einsum", inputs: [x], attributes: { equation: { string: "ij->k" } } },
  ],
  [unsupported, /Mod of float32 is defined with fmod = 1 only/, { op: "Mod", inputs: [x, x] }],
  [
    unsupported,
    /training_mode of Dropout is not false/,
    { op: "Dropout", inputs: [x, undefined, constant(bool([1], []))] },
  ],
  [unsupported, /the mask of Dropout 10/, { op: "Dropout", inputs: [x], outputs: 2, opset: 10 }],
  [parse, /the depth is 0, expected 1 or more/, { op: "OneHot", inputs: [whole, ints(0), ints(0, 1)] }],
  [unsupported, /the depth of OneHot must be known/, { op: "OneHot", inputs: [whole, computed, ints(0, 1)] }],
  [unsupported, /K of TopK must be known/, { op: "TopK", inputs: [x, computed], outputs: 2 }],
  [parse, /K of TopK must be one number/, { op: "TopK", inputs: [x, ints(1, 2)], outputs: 2 }],
  [parse, /the axis of CumSum must be one number/, { op: "CumSum", inputs: [x, ints(0, 1)] }],
  [parse, /p must be 1 or 2, got 3/, { op: "LpNormalization", inputs: [x], attributes: { p: int(3) } }],
  [
    parse,
    /C of shape \[3\] does not broadcast to \[N, 2\]/,
    { op: "Gemm", inputs: [x, constant(float32([1, 0, 0, 1], [2, 2])), constant(float32([1, 2, 3]))] },
  ],
  [
    unsupported,
    /Gemm with the factor 0.5/,
    { op: "Gemm", inputs: [whole, constant(int64([1, 0, 0, 1], [2, 2]))], attributes: { alpha: { float: 0.5 } } },
  ],
  [parse, /MatMul takes no scalars/, { op: "MatMul", inputs: [x, constant(float32([1], []))] }],
  [
    parse,
    /the delta of Range is 0/,
    { op: "Range", inputs: [constant(int32([1], [])), constant(int32([2], [])), constant(int32([0], []))] },
  ],
  [
    "LIMIT",
    /over the limit of 2\^27/,
    { op: "Range", inputs: [constant(float32([0], [])), constant(float32([1e30], [])), constant(float32([1], []))] },
  ],
  [unsupported, /float8e4m3fn is not supported/, { op: "Cast", inputs: [x], attributes: { to: int(17) } }],
  [parse, /attribute to is 99/, { op: "Cast", inputs: [x], attributes: { to: int(99) } }],
  [parse, /differ in type/, { op: "Concat", inputs: [x, whole], attributes: { axis: int(1) } }],
  [parse, /differ/, { op: "Concat", inputs: [x, constant(float32([1, 2], [1, 2]))], attributes: { axis: int(1) } }],
  [parse, /expects numbers|signed numbers/, { op: "Neg", inputs: [rows(strings(["a", "b", "c"]))] }],
];

describe("refusals", () => {
  for (const [code, message, node] of refusals) {
    it(`${node.op}: ${message.source}`, () => {
      let error: unknown;
      try {
        lower(graphOf({ opset: 18, ...node }), operators);
      } catch (thrown) {
        error = thrown;
      }
      if (!(error instanceof CalypteError)) throw new Error(`expected a CalypteError, got ${String(error)}`);
      expect({ code: error.code, message: error.message }).toEqual({ code, message: expect.stringMatching(message) });
      expect(error.message).toContain(`ai.onnx:${node.op}`);
    });
  }
});
