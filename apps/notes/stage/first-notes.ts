/** What is there when the demo starts, so that there is something to pull at. */
export const firstNotes = [
  {
    id: "weekend",
    title: "Weekend in the mountains",
    pinned: true,
    tags: ["trip"],
    checklist: [
      { label: "Book the hut", done: true },
      { label: "Tickets", done: false },
      { label: "Rain jacket", done: false },
      { label: "Headlamp", done: false },
    ],
    body: "Train at 7:42 from the main station.\nMara brings the rope, we bring the stove.\n",
  },
  {
    id: "groceries",
    title: "Groceries",
    pinned: false,
    tags: ["home"],
    checklist: [
      { label: "Bread", done: false },
      { label: "Lentils", done: true },
      { label: "Coffee", done: false },
    ],
    body: "",
  },
  {
    id: "ideas",
    title: "Ideas for the talk",
    pinned: false,
    tags: ["work"],
    checklist: [],
    body: "Start with the lift that has no reception.\nWhat happens to the note you write in it?\n",
  },
  {
    id: "recipe",
    title: "Aunt Ida's apple cake",
    pinned: false,
    tags: ["home", "kitchen"],
    checklist: [],
    body: "Six apples, and patience.\n",
  },
] as const;
