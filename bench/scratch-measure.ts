import { measureCosts, saveCalibration } from "./calibrate.js";

const [dev, forests, seconds, limit] = process.argv.slice(2);
const c = await measureCosts(
  { devices: [dev!], forests: Number(forests), seed: 1, seconds: Number(seconds), limitSeconds: Number(limit) },
  (l) => console.log(l),
);
console.log(saveCalibration(c, `calibration-${dev}`));
