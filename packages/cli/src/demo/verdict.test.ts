import { describe, expect, it } from "vitest";
import { composeVerdict } from "./verdict.ts";
import type { Agreement } from "./world.ts";

const state = { pending: 0, synced: true, sequence: 7, connection: "connected" };
const states = { phone: state, tablet: state, watch: state };
const digests = { phone: "aaaa", tablet: "aaaa", watch: "aaaa", server: "aaaa" };
const agreed: Agreement = { inStep: true, digests, states };

describe("the verdict", () => {
  it("[DEMO1] is good when nothing is lost and all agree", () => {
    expect(composeVerdict(agreed, [])).toEqual({ good: true, text: "Nothing was lost, and all four agree." });
  });

  it("[DEMO1] names the first loss, also when all agree", () => {
    expect(composeVerdict(agreed, ["The item is lost."])).toEqual({ good: false, text: "Lost: The item is lost." });
    expect(composeVerdict(agreed, ["One.", "Two."])).toEqual({ good: false, text: "The first of 2 losses: One." });
  });

  it.each(["phone", "tablet", "watch", "server"] as const)("[DEMO1] is not good when the %s has another digest", (name) => {
    expect(composeVerdict({ ...agreed, digests: { ...digests, [name]: "bbbb" } }, []).good).toBe(false);
  });

  it("[DEMO1] is not good when somebody was not in step in time", () => {
    const verdict = composeVerdict(
      { inStep: false, digests, states: { ...states, watch: { ...state, pending: 3, connection: "waiting" } } },
      [],
    );
    expect(verdict).toEqual({
      good: false,
      text: "The devices and the server do not agree: phone connected, at 7, 0 pending, aaaa; tablet connected, at 7, 0 pending, aaaa; watch waiting, at 7, 3 pending, aaaa; server aaaa",
    });
  });
});
