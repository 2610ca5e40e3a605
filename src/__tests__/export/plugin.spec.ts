import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { nameFormat } from '../../export/plugin';

const LABEL = 'Serving image (OCI archive)';

function menuWith(...formats: string[]): Menu {
  const commands = new CommandRegistry();
  commands.addCommand('export', {
    execute: () => undefined,
    label: args => args.label as string
  });
  const menu = new Menu({ commands });
  formats.forEach(format => add(menu, format));
  return menu;
}

function add(menu: Menu, format: string): void {
  menu.addItem({ command: 'export', args: { format, label: `As ${format}` } });
}

function labels(menu: Menu): string[] {
  return menu.items.map(item => item.label);
}

describe('nameFormat', () => {
  it('names a format that is added later', () => {
    const menu = menuWith('html');
    nameFormat(menu, 'serving-image', LABEL);
    add(menu, 'serving-image');
    add(menu, 'rst');
    expect(labels(menu)).toEqual(['As html', LABEL, 'As rst']);
  });

  it('names a format that is there already, in its place', () => {
    const menu = menuWith('html', 'serving-image', 'rst');
    nameFormat(menu, 'serving-image', LABEL);
    expect(labels(menu)).toEqual(['As html', LABEL, 'As rst']);
  });
});
