/**
 * ONNX's operators that calypte refuses on purpose, and why: no exporter of classical models writes them, or their answer is no function
 * of the rows. With those that compilers/ read they are all of ONNX's (compilers/opset-versions.test.ts checks).
 */

interface Refusal {
  readonly reason: string;
  /** The next step for the user. */
  readonly advice: string;
  /** Their names, separated by blanks. */
  readonly operators: readonly (readonly [domain: string, names: string])[];
}

const inference = "export the model for inference";
const elsewhere = "calypte is for models on tables; run it in onnxruntime-web";

const refusals: readonly Refusal[] = [
  {
    reason: "its answers are random",
    advice: inference,
    operators: [["ai.onnx", "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike"]],
  },
  {
    reason: "it trains",
    advice: inference,
    operators: [
      ["ai.onnx", "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss"],
      ["ai.onnx.preview.training", "Adagrad Adam Gradient Momentum"],
    ],
  },
  {
    reason: "it computes in quantised numbers",
    advice: "export the model in float32",
    operators: [
      [
        "ai.onnx",
        "ConvInteger DequantizeLinear DynamicQuantizeLinear MatMulInteger QLinearConv QLinearMatMul QuantizeLinear",
      ],
    ],
  },
  {
    reason: "it is a layer of networks on images, signals or language",
    advice: elsewhere,
    operators: [
      [
        "ai.onnx",
        "AffineGrid Attention AveragePool BlackmanWindow CausalConvWithState CenterCropPad Col2Im Conv ConvTranspose DFT DeformConv DepthToSpace " +
          "GRU GlobalAveragePool GlobalLpPool GlobalMaxPool GridSample GroupNormalization HammingWindow HannWindow ImageDecoder " +
          "InstanceNormalization LRN LSTM LinearAttention LpPool MaxPool MaxRoiPool MaxUnpool MelWeightMatrix NonMaxSuppression Resize " +
          "RoiAlign RotaryEmbedding STFT SpaceToDepth SwiGLU TensorScatter Upsample",
      ],
      ["ai.onnx.preview", "FlexAttention"],
    ],
  },
  {
    reason: "it reads numbers by their bits, for which there is no primitive",
    advice: "use Cast",
    operators: [["ai.onnx", "BitCast"]],
  },
  {
    reason: "it takes a map, which only DictVectorizer may",
    advice: "export the model with a DictVectorizer or with tensor inputs",
    operators: [["ai.onnx.ml", "CastMap"]],
  },
];

/** Why an operator is refused on purpose, and what to do instead; undefined for one that calypte reads or does not know. */
export function refusalOf(domain: string, op: string): Pick<Refusal, "reason" | "advice"> | undefined {
  return refusals.find(({ operators }) =>
    operators.some(([d, names]) => d === domain && names.split(" ").includes(op)),
  );
}
