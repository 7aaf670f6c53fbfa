/** TanStack DB collections over a Holdfast replica. */
export {
  type HoldfastCollectionConfig,
  type HoldfastCollectionUtils,
  holdfastCollectionOptions,
  type RowSchema,
} from "./collection-options.ts";
