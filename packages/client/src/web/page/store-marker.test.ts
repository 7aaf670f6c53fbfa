import { expect, it } from "vitest";
import { decodeMarker, encodeMarker, findLoss } from "./store-marker.ts";

it("[TAB15][F46] a store that is another than the one that was here is a lost one, with what it had not sent", () => {
  const replica = "0123456789abcdef0123456789abcdef";
  const marker = { replica, pending: 3 };
  expect(decodeMarker(encodeMarker(marker))).toEqual(marker);
  for (const text of ["", "x", `${replica}`, `${replica}.`, `${replica}.-1`, `${replica}.1e9`, `${replica}.1.1`])
    expect(decodeMarker(text)).toBeUndefined();
  expect(findLoss(marker, replica)).toBeUndefined();
  expect(findLoss(undefined, replica)).toBeUndefined();
  expect(findLoss(marker, replica.replace("0", "1"))).toEqual({ pending: 3 });
});
