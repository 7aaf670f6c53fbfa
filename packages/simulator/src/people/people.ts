/** The people of one run: what they may do, who is signed in where, and which version of the app each of them has. */
import type { AnySchema } from "@holdfast/core";
import type { TransportPort } from "@holdfast/core/engine";
import type { App, AppReplica, SignIn } from "../app/app.ts";
import { checkForeignBytes } from "../checkers/foreign-bytes.ts";
import type { PlannedOperation } from "../plan/plan.ts";
import type { Oracle } from "../workload/oracle.ts";
import { refusedEarlier } from "../workload/doubtful.ts";
import type { World } from "../world/world.ts";
import { AccessBook } from "./access-book.ts";
import { type Account, fileOf, openAccount, sealedFiles } from "./account.ts";
import type { DeviceLife } from "./device-life.ts";
import { Garbler } from "./garbler.ts";
import { accessKnownMs, mayUserKnow, openEnvelope } from "./entitlement.ts";
import type { Mark } from "./marks.ts";
import { type AccessLevel, mallory, onlooker, type PeopleConfig, userName } from "./people-plan.ts";

export interface PeopleParts {
  readonly config: PeopleConfig;
  readonly app: App;
  readonly oracle: Oracle;
  readonly world: World;
  readonly fail: (checker: string, detail: string) => void;
}

export class People {
  readonly book = new AccessBook();
  readonly config: PeopleConfig;
  readonly fail: (checker: string, detail: string) => void;
  readonly #app: App;
  readonly #oracle: Oracle;
  readonly #world: World;
  readonly #lives = new Map<string, PersonalLife>();
  #serverVersion: number;

  constructor({ config, app, oracle, world, fail }: PeopleParts) {
    this.config = config;
    this.fail = fail;
    this.#app = app;
    this.#oracle = oracle;
    this.#world = world;
    this.#serverVersion = config.serverVersion;
    for (const [space, owner] of config.spaceOwners.entries())
      for (let user = 0; user < config.users; user++) this.grant(user, space, owner === -1 || owner === user ? "write" : "none");
  }

  /** The same app, with what these people may do and with the version that r0 has. */
  over(): App {
    const { book } = this;
    const [app, shared] = [this.#app, this.#app.spaceName(this.config.spaceOwners.indexOf(-1))];
    const schema = (): AnySchema => this.schemaOf(this.#serverVersion);
    return {
      ...app,
      get schema() {
        return schema();
      },
      server: {
        ...app.server,
        authorize: {
          ...app.server.authorize,
          space: ({ id }, space) => {
            if (id === mallory) return space === shared ? "write" : "none";
            if (id === onlooker) return space === shared ? "read" : "none";
            return book.now(id, space);
          },
        },
      },
    };
  }

  /** What the user may do from now on. */
  grant(user: number, space: number, access: AccessLevel): AccessLevel {
    // A personal space is its owner's for ever, and a shared one keeps one who may write: somebody has to see what was kept.
    const owner = this.config.spaceOwners[space];
    const isAllowed = owner === -1 ? user !== 0 || access === "write" : owner === user ? access === "write" : access === "none";
    const name = this.#app.spaceName(space);
    if (isAllowed) this.book.set(userName(user), name, access, this.#world.nowMs);
    return this.book.now(userName(user), name);
  }

  schemaOf(version: number): AnySchema {
    return this.#app.schemas?.[version] ?? this.#app.schema;
  }

  get serverVersion(): number {
    return this.#serverVersion;
  }

  upgradeServer(): boolean {
    if (this.#serverVersion + 1 >= (this.#app.schemas?.length ?? 1)) return false;
    this.#serverVersion++;
    return true;
  }

  lifeOf(name: string): PersonalLife {
    let life = this.#lives.get(name);
    if (life === undefined) {
      const planned = this.config.devices[Number(/\d+/.exec(name)?.[0] ?? 0)];
      // A copy of a disk brings its apps with it.
      const version = this.#lives.get(name.replace(/-clone.*/, ""))?.version ?? planned?.version ?? 0;
      life = new PersonalLife({
        name,
        owner: userName(planned?.user ?? 0),
        version,
        people: this,
        oracle: this.#oracle,
        world: this.#world,
      });
      this.#lives.set(name, life);
    }
    return life;
  }

  /** Tokens are the right ones again, and links honest. */
  heal(devices: readonly { readonly name: string; readonly replica: AppReplica | undefined }[]): void {
    for (const { name, replica } of devices) {
      const life = this.lifeOf(name);
      life.garbler.kind = undefined;
      if (life.wrongUser === undefined) continue;
      life.wrongUser = undefined;
      replica?.signIn();
    }
  }

  get versionsMax(): number {
    return (this.#app.schemas?.length ?? 1) - 1;
  }

  /** What r0 may refuse a user for having lacked access, now or shortly before the write. */
  mayBeRefused(user: string, { space, atMs }: PlannedOperation, code: string): boolean {
    const name = this.#app.spaceName(space);
    const lacked = (fromMs: number): boolean => this.book.wasEver(user, name, (access) => access !== "write", fromMs);
    if (code === "read-only") return lacked(atMs - accessKnownMs);
    // What a device was told of its user's access holds on it until it is told again.
    if (code === "no-access") return lacked(0);
    // What a refused write created is not there for the next.
    // So it is with one that an r0 of the old version could not take.
    // An earlier answer, perhaps to another copy, may have said any of these.
    return (code === "depends-on-refused" || code === refusedEarlier) && (lacked(0) || this.config.serverVersion < this.versionsMax);
  }
}

interface LifeParts {
  readonly name: string;
  readonly owner: string;
  readonly version: number;
  readonly people: People;
  readonly oracle: Oracle;
  readonly world: World;
}

/** One device of several people. */
export class PersonalLife implements DeviceLife {
  readonly owner: string;
  readonly garbler: Garbler;
  version: number;
  /** Who was signed in when everything had drained. */
  readonly visited = new Set<string>();
  /** Set while the app hands out another user's tokens. */
  wrongUser: string | undefined;
  #hasMistaken = false;
  readonly #parts: LifeParts;

  constructor(parts: LifeParts) {
    this.#parts = parts;
    this.owner = parts.owner;
    this.version = parts.version;
    this.garbler = new Garbler(parts.world, parts.name);
  }

  get account(): Account {
    return this.#parts.oracle.accountOf(this.#parts.name) ?? openAccount(this.owner);
  }

  set account(account: Account) {
    this.#parts.oracle.keepAccount(this.#parts.name, account);
  }

  get signIn(): SignIn {
    const { user } = this.account;
    return { user, token: user, spaces: [...this.#parts.people.config.spaceOwners.keys()] };
  }

  get holder(): string {
    return `${this.#parts.name}/${this.account.user}`;
  }

  get file(): string {
    return fileOf(this.account);
  }

  get user(): string {
    return this.account.user;
  }

  get schema(): AnySchema {
    return this.#parts.people.schemaOf(this.version);
  }

  get sealed(): readonly string[] {
    return sealedFiles(this.account).map(([, file]) => file);
  }

  get token(): string {
    const { wrongUser, user } = this;
    this.#hasMistaken ||= wrongUser !== undefined && wrongUser !== user;
    return wrongUser ?? user;
  }

  isBlockExpected(reason: string): boolean {
    return reason === "wrong-principal" && this.#hasMistaken;
  }

  carry(transport: TransportPort): TransportPort {
    const { people, oracle, name } = this.#parts;
    const watched: TransportPort = {
      connect: (events) =>
        transport.connect({
          ...events,
          message: (bytes) => {
            const mayKnow = (user: string, mark: Mark): boolean => mayUserKnow(people.book, oracle, user, mark);
            const what = `a message of r0 to ${name}`;
            const [wrong] = checkForeignBytes({ what, owner: this.user, bytes: openEnvelope(bytes), mayKnow });
            if (wrong !== undefined) people.fail("foreign bytes", wrong);
            events.message(bytes);
          },
        }),
    };
    return this.garbler.carry(watched, this.user);
  }
}
