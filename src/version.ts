declare const CALYPTE_VERSION: string | undefined;

/** The package's version: put in by the build, "dev" when run from source. */
export const version: string = typeof CALYPTE_VERSION === "undefined" ? "dev" : (CALYPTE_VERSION ?? "dev");
