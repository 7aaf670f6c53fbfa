/** SHA-256 as FIPS 180-4 has it, with its constants as they are printed there. */
import { Buffer } from "./buffer.ts";

const words = (hex: string): readonly number[] => hex.split(" ").map((word) => Number.parseInt(word, 16));

const roundConstants = words(
  "428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5 d807aa98 12835b01 243185be 550c7dc3 72be5d74 80deb1fe 9bdc06a7 c19bf174 " +
    "e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da 983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967 " +
    "27b70a85 2e1b2138 4d2c6dfc 53380d13 650a7354 766a0abb 81c2c92e 92722c85 a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070 " +
    "19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3 748f82ee 78a5636f 84c87814 8cc70208 90befffa a4506ceb bef9a3f7 c67178f2",
);
const initial = words("6a09e667 bb67ae85 3c6ef372 a54ff53a 510e527f 9b05688c 1f83d9ab 5be0cd19");

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function digest(message: readonly number[]): Uint8Array {
  const padded = [...message, 0x80];
  while (padded.length % 64 !== 56) padded.push(0);
  const bits = message.length * 8;
  for (let place = 7; place >= 0; place--) padded.push(Math.floor(bits / 2 ** (8 * place)) % 256);
  let hash = initial;
  for (let block = 0; block < padded.length; block += 64) {
    const w: number[] = [];
    for (let t = 0; t < 16; t++) w.push([0, 1, 2, 3].reduce((word, i) => (word << 8) | (padded[block + 4 * t + i] as number), 0));
    for (let t = 16; t < 64; t++) {
      const [x, y] = [w[t - 15] as number, w[t - 2] as number];
      const small0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
      const small1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
      w.push((small1 + (w[t - 7] as number) + small0 + (w[t - 16] as number)) | 0);
    }
    let [a, b, c, d, e, f, g, h] = hash as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < 64; t++) {
      const big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const first = (h + big1 + ((e & f) ^ (~e & g)) + (roundConstants[t] as number) + (w[t] as number)) | 0;
      const big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    hash = [a, b, c, d, e, f, g, h].map((word, index) => (word + (hash[index] as number)) | 0);
  }
  return Uint8Array.from(hash.flatMap((word) => [word >>> 24, word >>> 16, word >>> 8, word]));
}

export function createHash(name: string): { update(bytes: Uint8Array): { digest(form: "hex"): string } } {
  if (name !== "sha256") throw new Error(`no ${name} here`);
  return { update: (bytes) => ({ digest: (form) => Buffer.view(digest([...bytes])).toString(form) }) };
}
