/** What the marks of a space-time diagram mean. Once a page. */
const marks = [
  ['<circle class="deed" cx="9" cy="9" r="6"/>', "an operation"],
  ['<g class="message"><path d="M1 5L16 13"/></g>', "a message"],
  ['<g class="message lost"><path d="M1 5L10 9"/><path class="cross" d="M8 5l8 8M8 13l8-8"/></g>', "a message that never arrives"],
  ['<g class="death"><path d="M3 3l12 12M3 15L15 3"/></g>', "a process dies"],
  ['<circle class="born" cx="9" cy="9" r="5"/>', "it starts again"],
  ['<circle class="refused" cx="9" cy="9" r="5"/>', "refused"],
  ['<rect class="band" x="1" y="1" width="16" height="16" rx="3"/>', "cut off, suspended or without disk"],
  ['<path class="failure" d="M0 9H18"/>', "here it is wrong"],
] as const;

export const spaceTimeKey = `<ul class="key">${marks
  .map(
    ([mark, meaning]) =>
      `<li class="space-time-mark"><svg class="mark" width="18" height="18" aria-hidden="true">${mark}</svg>${meaning}</li>`,
  )
  .join("")}</ul>`;
