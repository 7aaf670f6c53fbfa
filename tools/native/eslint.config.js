// The rules of the repository, for the app that the repository's own run leaves out because its packages may not be installed.
import shared from "../../eslint.config.js";

export default shared.filter(({ ignores, ...rest }) => Object.keys(rest).length > 0 || ignores?.[0] !== "apps/notes-native/**");
