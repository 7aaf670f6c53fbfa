/** Wakes browsers. Needs the package `web-push`. */
export { webPushGateway, type WebPushOptions, type WebPushSubscription } from "./web-push-gateway.ts";
export type { PushAnswer, PushGateway, WakeUp } from "../wake/push-gateway.ts";
