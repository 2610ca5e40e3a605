import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Build, Image, Running } from '../api/types';
import type {
  IBuilds,
  IContainers,
  IContainersState,
  IObservable,
  ISettings
} from '../tokens';
import { useModel } from '../ui/hooks';
import { ProblemCard } from '../ui/problem';
import { Empty, Section, Skeleton } from '../ui/section';
import type { IImageGroup } from './groups';
import { groupImages, isFound, livePushes, pushed } from './groups';
import type { IImagesState } from './model';
import { ImageRow } from './row';

/** So many are shown before somebody asks for all. */
const MOST_GROUPS = 8;
const MOST_OF_CURRENT = 5;
const MOST_OF_OTHERS = 2;
/** From so many images on there is a field to search them. */
const SEARCH_FROM = 8;

/** What can be done with images; dialogs and all. */
export interface IImageActions {
  run(image: Image): void;
  stop(container: Running): void;
  /** Open the menu of everything else at a button. */
  openMenu(image: Image, button: HTMLElement): void;
  removeName(image: Image, tag: string): void;
  dismissRefusal(): void;
}

export interface IImagesProps {
  model: IObservable<IImagesState>;
  builds: IBuilds;
  containers: IContainers;
  settings: ISettings;
  actions: IImageActions;
  /** Shows a container that runs one of them. */
  renderContainer: (container: Running) => React.ReactNode;
  trans: TranslationBundle;
}

/** The section "Images". */
export class ImagesPanel extends ReactWidget {
  constructor(private readonly _props: IImagesProps) {
    super();
  }

  protected override render(): React.JSX.Element {
    return <ImagesSection {...this._props} />;
  }
}

export function ImagesSection(props: IImagesProps): React.JSX.Element {
  const { model, trans } = props;
  const { status, images, problem, current } = useModel(model);
  const running = useModel(props.containers);
  const { containers } = running;
  // Builds say something new many times a second, and nearly never about images.
  const { builds } = useModel(props.builds);
  const tasks = useSame(livePushes(builds));
  const pushes = useSame(pushed(builds));
  const [search, setSearch] = React.useState('');
  const [isAll, setAll] = React.useState(false);
  // Typing goes before the list that follows it.
  const words = React.useDeferredValue(search.trim());
  const found = React.useMemo(
    () => (words ? images.filter(each => isFound(each, words)) : images),
    [images, words]
  );
  const groups = React.useMemo(
    () => groupImages(found, current),
    [found, current]
  );
  const runs = new Set(containers.map(container => container.digest));
  const shown = isAll
    ? groups
    : groups.filter(
        (group, place) =>
          place < MOST_GROUPS ||
          group.images.some(each => runs.has(each.digest))
      );
  return (
    <Section title={trans.__('Images')} count={images.length}>
      {problem && <ProblemCard problem={problem} path="" trans={trans} />}
      {status === 'loading' && (
        <Skeleton label={trans.__('Reading the images…')} rows={2} />
      )}
      {status === 'ready' && images.length === 0 && (
        <Empty title={trans.__('No images yet')}>
          {trans.__('What is built on this server is listed here.')}
        </Empty>
      )}
      {images.length >= SEARCH_FROM && (
        <input
          type="search"
          className="jp-Containerize-textInput"
          placeholder={trans.__('Search by name, notebook or digest')}
          aria-label={trans.__('Search the images')}
          value={search}
          onChange={event => setSearch(event.currentTarget.value)}
        />
      )}
      {words && found.length === 0 && images.length > 0 && (
        <Empty title={trans.__('No image is found')} />
      )}
      {shown.map(group => (
        <Group
          key={group.key}
          {...props}
          group={group}
          running={running}
          tasks={tasks}
          pushes={pushes}
          isAlone={groups.length === 1}
        />
      ))}
      {shown.length < groups.length && (
        <button
          type="button"
          className="jp-Containerize-more"
          onClick={() => React.startTransition(() => setAll(true))}
        >
          {trans._n(
            'Show the images of %1 more notebook',
            'Show the images of %1 more notebooks',
            groups.length - shown.length
          )}
        </button>
      )}
    </Section>
  );
}

interface IGroupProps extends IImagesProps {
  group: IImageGroup;
  running: IContainersState;
  /** Pushes and rebases that are under way, and pushes to registries that have been made. */
  tasks: readonly Build[];
  pushes: readonly Build[];
  isAlone: boolean;
}

/** A notebook's images. */
const Group = React.memo(function Group(props: IGroupProps): React.JSX.Element {
  const { actions, group, isAlone, running, trans } = props;
  const { refusal, pending } = useModel(props.model);
  const { server } = useModel(props.settings);
  const runs = new Set(running.containers.map(({ digest }) => digest));
  const [isAll, setAll] = React.useState(false);
  const headingId = React.useId();
  const most = group.isCurrent || isAlone ? MOST_OF_CURRENT : MOST_OF_OTHERS;
  const shown = group.images.filter(
    (image, place) => isAll || place < most || runs.has(image.digest)
  );
  return (
    <div
      className="jp-Containerize-imageGroup"
      role="group"
      aria-labelledby={headingId}
    >
      <h3 className="jp-Containerize-groupTitle">
        <span
          id={headingId}
          className="jp-Containerize-truncate"
          title={group.path || group.name}
        >
          {group.name || trans.__('Not made from a notebook')}
        </span>
        {group.isCurrent && (
          <span className="jp-Containerize-groupBadge">
            {trans.__('this notebook')}
          </span>
        )}
        {group.name && !group.path && (
          <span
            className="jp-Containerize-groupBadge"
            title={trans.__(
              'No build of this server is remembered that made it, so it is not known where the notebook is.'
            )}
          >
            {trans.__('built elsewhere')}
          </span>
        )}
      </h3>
      <ul className="jp-Containerize-list">
        {shown.map((image, place) => {
          const container = running.containers.find(
            each => each.digest === image.digest
          );
          return (
            <ImageRow
              key={image.digest}
              image={image}
              beginsOpen={place === 0 && (group.isCurrent || isAlone)}
              container={container}
              isPending={
                pending.has(image.digest) ||
                running.pending.has(image.digest) ||
                running.pending.has(container?.id ?? '')
              }
              problem={
                refusal?.digest === image.digest
                  ? refusal.problem
                  : running.refusal?.image === image.digest
                    ? running.refusal.problem
                    : null
              }
              tasks={props.tasks}
              pushes={props.pushes}
              settings={server}
              actions={actions}
              renderContainer={props.renderContainer}
              trans={trans}
            />
          );
        })}
      </ul>
      {shown.length < group.images.length && (
        <button
          type="button"
          className="jp-Containerize-more"
          onClick={() => React.startTransition(() => setAll(true))}
        >
          {trans._n(
            'Show %1 older image',
            'Show %1 older images',
            group.images.length - shown.length
          )}
        </button>
      )}
    </div>
  );
});

/** The same list as long as it has the same builds in the same states. */
function useSame(builds: readonly Build[]): readonly Build[] {
  const [kept, setKept] = React.useState(builds);
  const isSame =
    kept.length === builds.length &&
    kept.every((build, place) => build === builds[place]);
  if (!isSame) {
    setKept(builds);
    return builds;
  }
  return kept;
}
