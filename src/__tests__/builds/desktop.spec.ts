import { nullTranslator } from '@jupyterlab/translation';

import type { IDesktop } from '../../builds/desktop';
import { Desktop } from '../../builds/desktop';
import { endNotice } from '../../builds/notice';
import { makeBuild } from '../server';

const trans = nullTranslator.load('');
const BUILD = makeBuild('iris', { state: 'interrupted' });

/** A browser, and what it was asked and has shown. */
class FakeDesktop implements IDesktop {
  permission: NotificationPermission = 'granted';
  answer: NotificationPermission = 'granted';
  isHidden = true;
  asked = 0;
  shown: [string, string, () => void][] = [];

  ask(): Promise<NotificationPermission> {
    this.asked++;
    this.permission = this.answer;
    return Promise.resolve(this.answer);
  }

  show(text: string, tag: string, onClick: () => void): void {
    this.shown.push([text, tag, onClick]);
  }
}

describe('Desktop', () => {
  const cases: Record<string, [Partial<FakeDesktop>, boolean, number]> = {
    'out of sight': [{}, true, 1],
    'in sight': [{ isHidden: false }, true, 0],
    'out of sight, if it is not wanted': [{}, false, 0],
    'out of sight, if it may not': [{ permission: 'denied' }, true, 0]
  };

  it.each(Object.entries(cases))(
    'tells of the end of a build of a page %s',
    (_, [browser, isWanted, count]) => {
      const fake = Object.assign(new FakeDesktop(), browser);
      const opened: string[] = [];
      const desktop = new Desktop(fake, id => opened.push(id), jest.fn());
      desktop.isWanted = isWanted;
      const notice = endNotice(BUILD, trans);
      expect(notice).not.toBeNull();
      if (notice) {
        desktop.tell(BUILD, notice.message);
      }
      expect(fake.shown).toHaveLength(count);
      fake.shown[0]?.[2]();
      expect(opened).toEqual(count > 0 ? ['iris'] : []);
    }
  );

  it('asks the browser once it is wanted, and no more than once', async () => {
    const fake = new FakeDesktop();
    fake.permission = 'default';
    const refused = jest.fn();
    const desktop = new Desktop(fake, jest.fn(), refused);
    desktop.isWanted = false;
    expect(fake.asked).toBe(0);
    desktop.isWanted = true;
    desktop.isWanted = true;
    await Promise.resolve();
    expect(fake.asked).toBe(1);
    expect(refused).not.toHaveBeenCalled();
  });

  it('says that the browser does not allow it', async () => {
    const fake = new FakeDesktop();
    fake.permission = 'default';
    fake.answer = 'denied';
    const refused = jest.fn();
    const desktop = new Desktop(fake, jest.fn(), refused);
    desktop.isWanted = true;
    await Promise.resolve();
    expect(refused).toHaveBeenCalledTimes(1);
  });

  it('does without, where the browser has none', () => {
    const desktop = new Desktop(null, jest.fn(), jest.fn());
    desktop.isWanted = true;
    expect(() => desktop.tell(BUILD, 'iris')).not.toThrow();
  });
});
