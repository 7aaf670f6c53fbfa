import { expect, it } from "vitest";
import type { Envelope } from "./messages.ts";
import { Outbox } from "./outbox.ts";

it("[TAB12] messages of one turn go together, beyond the limit in further posts, and one that cannot be copied is told alone", async () => {
  const posts: (readonly number[])[] = [];
  const unsent: number[] = [];
  const outbox = new Outbox<number>({
    term: "t",
    messagesPerPostMax: 3,
    post({ messages }: Envelope<number>) {
      if (messages.includes(4)) throw new Error("4 cannot be copied");
      posts.push(messages);
    },
    unsendable: (message) => unsent.push(message),
  });
  for (const n of [1, 2, 3, 4, 5]) outbox.push(n);
  expect(posts).toEqual([]);
  await Promise.resolve();
  expect(posts).toEqual([[1, 2, 3], [5]]);
  expect(unsent).toEqual([4]);
  outbox.push(6);
  outbox.close();
  await Promise.resolve();
  expect(posts).toHaveLength(2);
});

it("[TAB12] a post takes on no more than its weight, and what is heavier goes alone", async () => {
  const posts: (readonly number[])[] = [];
  const outbox = new Outbox<number>({
    term: "t",
    messagesPerPostMax: 4,
    weight: { of: (message) => message, perPostMax: 10 },
    post: ({ messages }: Envelope<number>) => posts.push(messages),
    unsendable: () => undefined,
  });
  for (const n of [4, 6, 1, 30, 0, 0, 0, 0, 0, 2]) outbox.push(n);
  await Promise.resolve();
  expect(posts).toEqual([[4, 6], [1], [30], [0, 0, 0, 0], [0, 2]]);
});
