/** What the bench's notes say: the same for each number, everywhere. */

export function titleOf(n: number): string {
  return `Note ${n.toString(36).padStart(6, "0")} of many`.slice(0, 20).padEnd(20, ".");
}

const words = "the quick brown fox jumps over a lazy dog while seven wizards box quietly near some frozen lake at dawn ".split(" ");

/** 200 characters of text that compresses about as text does. */
export function bodyOf(n: number): string {
  let body = "";
  let state = n * 2_654_435_761 + 12_345;
  while (body.length < 200) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    body += `${words[state % words.length]} `;
  }
  return body.slice(0, 200);
}
