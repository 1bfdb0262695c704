// jwtVerify is asynchronous, and its signature check runs on another thread: as a server would have
// them, 16 are under way at a time. Processor time counts all threads.
import { importJWK, jwtVerify } from "jose";
import { runnerMain, versionOf } from "./runner.mjs";

const kAtATime = 16;

await runnerMain({
  name: "jose",
  version: versionOf("jose"),
  how: "importJWK once, jwtVerify, 16 under way",
  prepare: async ({ alg, jwk, issuer, audience }) => {
    const key = await importJWK(jwk, alg);
    const options = { algorithms: [alg], issuer, audience };
    const verifyOne = (token) => jwtVerify(token, key, options).then(() => 1, () => 0);
    return async (tokens) => {
      let accepted = 0;
      for (let i = 0; i < tokens.length; i += kAtATime) {
        for (const one of await Promise.all(tokens.slice(i, i + kAtATime).map(verifyOne))) accepted += one;
      }
      return accepted;
    };
  },
});
