import { createBuilder } from "/work/main/src/ir/builder.js";
import { N } from "/work/main/src/ir/dims.js";
import { evaluateInstruction } from "/work/main/src/ir/evaluate.js";
import { buildForest } from "/work/main/src/ir/forest-builder.js";
import { lowerForests } from "/work/main/src/passes/lower-forests.js";
import { tfjsBackend } from "/work/main/src/backends/tfjs/tfjs-backend.js";
import { gemm } from "/work/main/strategies/gemm.js";
import { treeTraversal } from "/work/main/strategies/tree-traversal.js";
import { perfectTreeTraversal } from "/work/main/strategies/perfect-tree-traversal.js";
import { valueRanges } from "/work/main/src/emitters/tfjs/ranges.js";
import { printProgram } from "/work/main/src/ir/print.js";
const [, , device = "wasm", depthS = "6", treesS = "100", nS = "1000", show] = process.argv;
const depth = Number(depthS), trees = Number(treesS), n = Number(nS), F = 28;
let s = 1; const rnd = () => { s = (Math.imul(s, 1664525) + 1013904223) | 0; return (s >>> 0) / 2 ** 32; };
const rows: any = { nFeatures: F, nOutputs: 1, compare: "float32", sum: "float32", aggregate: "sum", tree: [], id: [], mode: [], feature: [], threshold: [], trueId: [], falseId: [], missingTrue: [], voteTree: [], voteId: [], voteTarget: [], voteValue: [] };
for (let t = 0; t < trees; t++) { let next = 0; const rec = (d: number): number => { const id = next++; const at = rows.tree.length; rows.tree.push(t); rows.id.push(id); for (const k of ["mode","feature","threshold","trueId","falseId","missingTrue"]) rows[k].push(0);
  if (d === depth) { rows.voteTree.push(t); rows.voteId.push(id); rows.voteTarget.push(0); rows.voteValue.push(Math.fround(rnd() - .5)); return id; }
  rows.mode[at] = 1; rows.feature[at] = Math.floor(rnd() * F); rows.threshold[at] = Math.fround(rnd()); rows.trueId[at] = rec(d + 1); rows.falseId[at] = rec(d + 1); return id; }; rec(0); }
const forest = buildForest(rows, "x", "x");
const x = { dtype: "float32" as const, shape: [n, F], data: Float32Array.from({ length: n * F }, () => rnd()) };
const want = evaluateInstruction({ op: "forest", attrs: { forest } } as any, [x], n)[0]!.data as Float32Array;
const target = await tfjsBackend.probe({ device, batchHint: n });
for (const st of [gemm, perfectTreeTraversal, treeTraversal]) {
  const b = createBuilder(); const i = b.input("x", { dtype: "float32", shape: [N, F] });
  const p = b.finish([{ name: "y", value: b.op("forest", [i], { forest }) }]);
  const refused = st.refuse(forest, target); if (refused) { console.log(st.name, refused); continue; }
  const low = lowerForests(p, target, [st], st.name).program;
  if (show === st.name) { const r = valueRanges(low); console.log(printProgram(low)); console.log(low.types.map((_, k) => k + ":" + JSON.stringify(r[k])).join(" ")); }
  const e = await tfjsBackend.compile(low, target);
  const run = () => e.runSync(new Map([["x", x]]), n, ["y"]);
  const got = run().get("y")!.data as Float32Array; let err = 0; for (let k = 0; k < n; k++) err = Math.max(err, Math.abs(got[k]! - want[k]!));
  run(); const ts: number[] = []; for (let k = 0; k < 5; k++) { const t0 = performance.now(); run(); ts.push(performance.now() - t0); }
  console.log(device, st.name, "us/row", (ts.sort((a, b) => a - b)[2]! / n * 1000).toFixed(2), "err", err);
  e.dispose();
}
