/**
 * The public address of the project, in one place. Everything that needs it is filled from here when a
 * release is published: `repository`, `homepage` and `bugs` in package.json, `repository-code` and `url` in
 * CITATION.cff, and the links and pictures of the README, which are relative in the repository and have to be
 * absolute on npm.
 */
export interface PublicAddress {
  /** Of the repository, such as "https://github.com/owner/name". Empty until there is one. */
  readonly repository: string;
  /** Of the documentation site, such as "https://owner.github.io/name". Empty until there is one. */
  readonly site: string;
}

export const publicAddress: PublicAddress = {
  repository: "",
  site: "",
};

const EXPLORER = "docs/explorer/index.html";

/** The address of a file of the repository; pictures by their content, the explorer on the site. */
function absolute({ repository, site }: PublicAddress, path: string): string {
  if (path.startsWith(EXPLORER)) return `${site}${path.slice("docs".length)}`;
  return `${repository}/${/\.(?:svg|png)$/.test(path) ? "raw" : "blob"}/HEAD/${path}`;
}

/** Every relative link of a Markdown text, as a link, a picture or an attribute of HTML. */
const LINK = /(\]\(|(?:src|srcset|href)=")(?!https?:|#|mailto:)([^)"\s]+)/g;

/** What package.json, README.md and CITATION.cff contain. */
export interface AddressedFiles {
  readonly manifest: string;
  readonly readme: string;
  readonly citation: string;
}

/**
 * The three files with the address filled in. Throws an error that says what to do where there is no address.
 */
export function fillAddress(address: PublicAddress, { manifest, readme, citation }: AddressedFiles): AddressedFiles {
  for (const [name, value] of Object.entries(address)) {
    if (!/^https:\/\/[^/\s]+(?:\/[^/\s]+)*$/.test(value))
      throw new Error(
        `publicAddress.${name} is ${JSON.stringify(value)}; put the address into scripts/publicAddress.ts, starting with https:// and without a final /`,
      );
  }
  const { name, version, description, keywords, repository, homepage, bugs, ...rest } = JSON.parse(manifest);
  const addresses = {
    repository: { type: "git", url: `git+${address.repository}.git` },
    homepage: address.site,
    bugs: `${address.repository}/issues`,
  };
  const kept = citation.split("\n").filter((line) => !/^(?:repository-code|url):/.test(line));
  return {
    manifest: `${JSON.stringify({ name, version, description, keywords, ...addresses, ...rest }, null, 2)}\n`,
    readme: readme.replace(LINK, (_, before: string, path: string) => `${before}${absolute(address, path)}`),
    citation: `${kept.join("\n").trimEnd()}\nrepository-code: "${address.repository}"\nurl: "${address.site}"\n`,
  };
}
