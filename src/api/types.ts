/**
 * The words of the HTTP surface, by name. Generated from api/openapi.yaml: change them there.
 */
import type { JSONObject } from '@lumino/coreutils';

import type { components, paths } from './schema';

type Schemas = components['schemas'];

/** What a container answered to a question. */
export type Asked = Schemas['Asked'];
export type Build = Schemas['Build'];
export type BuildEvent = Schemas['Event'];
export type BuildState = Build['state'];
export type Candidate = Schemas['Candidate'];
export type CellUse = Schemas['CellUse'];
export type Dependency = Schemas['Dependency'];
export type Evidence = Schemas['Evidence'];
export type Finding = Schemas['Finding'];
export type Image = Schemas['Image'];
/** The images, and whether that is all that is to be known of them now. */
export type ImageList =
  paths['/containerize/images']['get']['responses'][200]['content']['application/json'];
export type ImageComparison = Schemas['ImageComparison'];
export type ImageDetails = Schemas['ImageDetails'];
export type Layer = Schemas['Layer'];
export type Phase = NonNullable<Build['phase']>;
export type Plan = Schemas['Plan'];
export type PlannedImage = Schemas['PlannedImage'];
export type PlannedLayer = Schemas['PlannedLayer'];
export type Preview = Schemas['Preview'];
export type Problem = Schemas['Problem'];
export type Progress = Schemas['Progress'];
export type RecordedEvent = Schemas['RecordedEvent'];
export type Report = Schemas['Report'];
/** A container that the server runs. */
export type Running = Schemas['Running'];
export type SelfTest = Schemas['SelfTest'];
/** What the server is configured with, and what this user may do. */
export type Settings = Schemas['Settings'];
export type Slice = Schemas['Slice'];
/** Where the objects come from that serving needs. */
export type StateSource = Schemas['StateSource'];

/** What is asked of a preview; only the path is needed. `content` is nbformat JSON. */
export type PreviewRequest = Omit<
  paths['/containerize/preview']['post']['requestBody']['content']['application/json'],
  'content'
> & { content?: JSONObject };

/** What a build can be asked for; only the path is needed. */
export type StartRequest =
  paths['/containerize/builds']['post']['requestBody']['content']['application/json'];

/** What a plan can be asked for: what a build can, and an image to compare with. */
export type PlanRequest =
  paths['/containerize/plans']['post']['requestBody']['content']['application/json'];

/** Something to do with an image: to push it somewhere, or to put it on newer system packages. */
export type TaskRequest =
  paths['/containerize/tasks']['post']['requestBody']['content']['application/json'];

/** What a container is asked; `body` is the text of its JSON, so that numbers keep their digits. */
export type AskRequest = Omit<
  paths['/containerize/running/{id}/ask']['post']['requestBody']['content']['application/json'],
  'body'
> & { body?: string };

/** All builds, newest first, and the place in the event stream that they show. */
export type BuildList =
  paths['/containerize/builds']['get']['responses'][200]['content']['application/json'];

/** The five phases in the order in which every build walks them. */
export const PHASES: readonly Phase[] = [
  'detect',
  'analyze',
  'restore',
  'build',
  'export'
];

const LIVE: ReadonlySet<BuildState> = new Set(['queued', 'running']);

/** Whether the build can still change by itself, and so can be cancelled. */
export function isLive(build: Build): boolean {
  return LIVE.has(build.state);
}

/** Whether the user may build, cancel and remove; so as long as the server has not said otherwise. */
export function mayBuild(settings: Settings | null): boolean {
  return settings?.can.build !== false;
}
