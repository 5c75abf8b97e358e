/** The package's version: put in by the build, "dev" when run from source. */
export const version: string = (typeof process === "undefined" ? undefined : process.env["CALYPTE_VERSION"]) ?? "dev";
