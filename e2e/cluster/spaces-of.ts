export interface FleetSpaces {
  /** Spaces of a few devices each, and of many. */
  readonly teams: number;
  readonly halls: number;
}

export function spacesOf(number: number, { teams, halls }: FleetSpaces): readonly [team: string, hall: string] {
  return [`team:${number % teams}`, `hall:${number % halls}`];
}
