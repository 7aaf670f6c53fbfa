/** Wakes apps on phones, by FCM and by APNs. Neither has been run against the real service: see `docs/guide/scale-out.md`. */
export { apnsGateway, type ApnsOptions, type ApnsSubscription } from "./apns-gateway.ts";
export { fcmGateway, type FcmOptions, type FcmSubscription } from "./fcm-gateway.ts";
export type { PushAnswer, PushGateway, WakeUp } from "../wake/push-gateway.ts";
