import { expect, it } from "vitest";
import { decideAttach } from "./decide-attach.ts";

it("[TAB9] one schema attaches; a newer app is yielded to, an older or another of the same version is refused", () => {
  const owner = { hash: "a", version: 2 };
  expect(decideAttach(owner, { hash: "a", version: 2 })).toBe("attach");
  expect(decideAttach(owner, { hash: "b", version: 3 })).toBe("yield");
  expect(decideAttach(owner, { hash: "b", version: 1 })).toBe("refuse");
  expect(decideAttach(owner, { hash: "b", version: 2 })).toBe("refuse");
});
