import type { Build, Image } from '../api/types';
import { isLive } from '../api/types';
import { baseName, shortDigest } from '../ui/format';

/** The images that were made from one notebook, the newest first. */
export interface IImageGroup {
  readonly key: string;
  /** The notebook's file name; empty where no image says one. */
  readonly name: string;
  /** Its path in the contents manager; empty where it is not known. */
  readonly path: string;
  /** Whether it is the notebook that the user works with. */
  readonly isCurrent: boolean;
  readonly images: readonly Image[];
}

/** The images by notebook: the current one's first, then by their newest image. */
export function groupImages(
  images: readonly Image[],
  current: string
): readonly IImageGroup[] {
  const groups = new Map<string, Image[]>();
  for (const image of images) {
    const key = image.path || `?${image.notebook}`;
    const group = groups.get(key);
    if (group) {
      group.push(image);
    } else {
      groups.set(key, [image]);
    }
  }
  const made = [...groups].map(([key, group]) => {
    const path = group[0]?.path ?? '';
    return {
      key,
      name: baseName(path) || (group[0]?.notebook ?? ''),
      path,
      isCurrent: path !== '' && path === current,
      images: group
    };
  });
  // The order in which they came is that of their newest images.
  return [
    ...made.filter(group => group.isCurrent),
    ...made.filter(group => !group.isCurrent)
  ];
}

/** Whether an image is what somebody looks for: by name, notebook or digest. */
export function isFound(image: Image, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/);
  const text = [...image.tags, image.path, image.notebook, image.digest]
    .join(' ')
    .toLowerCase();
  return words.every(word => text.includes(word));
}

/** The tags, those that people gave before the one that is made from the digest. */
export function namesFirst({ tags, digest }: Image): readonly string[] {
  const isMade = (tag: string) => Number(tag.endsWith(shortDigest(digest)));
  return [...tags].sort((a, b) => isMade(a) - isMade(b));
}

/** The tags that people gave; all of them if there is only the one that is made from the digest. */
export function chosenNames(image: Image): readonly string[] {
  const made = `:${shortDigest(image.digest)}`;
  const chosen = image.tags.filter(tag => !tag.endsWith(made));
  return chosen.length > 0 ? chosen : image.tags;
}

/** The name by which an image is spoken of. */
export function nameOf(image: Image): string {
  return namesFirst(image)[0] ?? shortDigest(image.digest);
}

/** The end of a name in two parts: `model` and `:v1` of `registry.example.org/team/model:v1`. */
export function splitName(name: string): [string, string] {
  const last = baseName(name);
  const at = last.lastIndexOf(':');
  return at < 0 ? [last, ''] : [last.slice(0, at), last.slice(at)];
}

/** What is being done with images now: pushes and rebases. */
export function livePushes(builds: readonly Build[]): readonly Build[] {
  return builds.filter(
    build => (build.kind === 'push' || build.kind === 'rebase') && isLive(build)
  );
}

/** Those of `livePushes` that are about an image. */
export function tasksOf(
  image: Image,
  tasks: readonly Build[]
): readonly Build[] {
  return tasks.filter(task => image.tags.includes(task.tag));
}

/** What has put an image into a registry. */
export function pushed(builds: readonly Build[]): readonly Build[] {
  return builds.filter(
    ({ destination, report, state }) =>
      state === 'succeeded' && report !== null && isRegistry(destination)
  );
}

/** Where `pushed` builds have put an image, without doubles. */
export function registriesOf(
  image: Image,
  pushes: readonly Build[]
): readonly string[] {
  const places = pushes
    .filter(({ report }) => report?.digest === image.digest)
    .map(({ destination }) => destination);
  return [...new Set(places)];
}

/** Whether a destination is a registry's reference, and no engine or file. */
function isRegistry(destination: string): boolean {
  return (
    destination.includes('/') &&
    !/^(oci|archive|docker|podman|cnb-layers):/.test(destination)
  );
}
