import { StateChoices, tabStorage } from '../../choices/model';

describe('StateChoices', () => {
  beforeEach(() => window.sessionStorage.clear());

  it('has nothing for a notebook until the user chooses', () => {
    const choices = new StateChoices(tabStorage());
    let changes = 0;
    choices.changed.connect(() => (changes += 1));
    expect(choices.get('a.ipynb')).toBeNull();
    choices.set('a.ipynb', 'live');
    expect(choices.get('a.ipynb')).toBe('live');
    expect(choices.get('b.ipynb')).toBeNull();
    expect(changes).toBe(1);
  });

  it('is the same after a reload of the tab', () => {
    const before = new StateChoices(tabStorage());
    before.set('a.ipynb', 'live');
    before.set('a.ipynb', 'startup');
    const after = new StateChoices(tabStorage());
    expect(after.get('a.ipynb')).toBe('startup');
  });

  it.each(['{', 'null', '[3]', '[["a.ipynb", "later"]]'])(
    'takes %s in the storage for nothing',
    kept => {
      window.sessionStorage.setItem('jupyter-containerize:state-sources', kept);
      expect(new StateChoices(tabStorage()).get('a.ipynb')).toBeNull();
    }
  );

  it('works without a storage, and with one that is full', () => {
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      }
    } as unknown as Storage;
    for (const storage of [null, full]) {
      const choices = new StateChoices(storage);
      choices.set('a.ipynb', 'run');
      expect(choices.get('a.ipynb')).toBe('run');
    }
  });
});
