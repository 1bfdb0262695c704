// The protocol of bench/competitors/runner.h for libraries on Node. `verify(tokens)` gives how many it accepts.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const read = (name) => readFileSync(`${process.argv[2]}/${name}`, "utf8");
const lines = (name) => read(name).split("\n").filter((line) => line !== "");

// The version of an installed package, which need not export its package.json.
export function versionOf(name) {
  const path = new URL(`./node_modules/${name}/package.json`, `file://${process.cwd()}/`);
  return `${JSON.parse(readFileSync(path, "utf8")).version}, Node ${process.versions.node}`;
}

export async function runnerMain({ name, version, how, prepare }) {
  const candidates = new Map();
  const candidateOf = async (alg) => {
    if (!candidates.has(alg)) {
      const input = { alg, jwk: JSON.parse(read(`${alg}.jwk`)), pem: read(`${alg}.pem`), issuer: read("issuer"), audience: read("audience") };
      candidates.set(alg, { tokens: lines(`${alg}.tokens`), tampered: lines(`${alg}.tampered`), next: 0, verify: await prepare(input) });
    }
    return candidates.get(alg);
  };
  const check = async ({ tokens, tampered, verify }) => {
    if ((await verify(tokens)) !== tokens.length) return "bad a valid token is refused";
    if (tampered.length === 0) return "bad there is no tampered token";
    return (await verify(tampered)) === 0 ? "ok" : "bad a tampered token is accepted";
  };
  const run = async (candidate, count) => {
    const tokens = [];
    for (let i = 0; i < count; ++i) tokens.push(candidate.tokens[(candidate.next + i) % candidate.tokens.length]);
    candidate.next = (candidate.next + count) % candidate.tokens.length;
    const cpu = process.cpuUsage();
    const start = process.hrtime.bigint();
    const accepted = await candidate.verify(tokens);
    const wall = process.hrtime.bigint() - start;
    const busy = process.cpuUsage(cpu);
    return accepted === count ? `${wall} ${(busy.user + busy.system) * 1000}` : "bad a valid token is refused";
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, alg, count] = line.split(" ");
    if (command === "about") console.log(`${name}\t${version}\t${how}`);
    else if (command === "check") console.log(await check(await candidateOf(alg)));
    else console.log(await run(await candidateOf(alg), Number(count)));
  }
}
