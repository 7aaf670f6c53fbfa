/** A document for React, in the globals that react-dom looks for. Imported before react-dom, which looks once. */
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });

Object.assign(globalThis, { window, document: window.document, HTMLElement: window.HTMLElement, IS_REACT_ACT_ENVIRONMENT: true });

export const page = window.document;
export { window };
