import { expect, test } from "vitest";
import { HoldfastError, callerError } from "./error.ts";

test("[ERR1] the message ends with the advice, and the cause is kept", () => {
  const cause = new Error("ENOSPC");
  const error = new HoldfastError("store-full", "The disk is full.", { origin: "disk", retry: true, advice: "Free some space.", cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: "HoldfastError",
    code: "store-full",
    origin: "disk",
    retry: true,
    advice: "Free some space.",
    cause,
  });
  expect(error.message).toBe("The disk is full. Free some space.");
});

test("[ERR2] a legal no to the caller cannot be retried unchanged, and has no cause", () => {
  const error = callerError("invalid-value", "NaN is not a value.", "Use null.");
  expect(error).toMatchObject({ code: "invalid-value", origin: "caller", retry: false });
  expect("cause" in error).toBe(false);
});
