/** The generated code is the oracle of ours and asks for text codecs, which nothing that ships does: it gets twins, and the VM stays bare. */
import { configureTextEncoding } from "@bufbuild/protobuf/wire";
import { TextDecoder, TextEncoder } from "./twins/text-codec.ts";

configureTextEncoding({
  encodeUtf8: (text) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>,
  decodeUtf8: (bytes) => new TextDecoder().decode(bytes),
  checkUtf8(text) {
    try {
      encodeURIComponent(text);
      return true;
    } catch {
      return false;
    }
  },
});
