import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SocketTable } from '../../server/model/socket-table.ts';
import { KERNEL_STATE, STATES } from '../../server/model/state.ts';
import { StateRows } from '../../server/track/state-rows.ts';

const OTHERS = STATES.filter((state) => state !== 'ESTABLISHED');

test('whatever states there are, pass after pass, each has its rows in the order of the table', () => {
  const passes = fc.array(fc.array(fc.constantFrom(...STATES), { maxLength: 300 }), { maxLength: 5 });
  fc.assert(
    fc.property(passes, (tables) => {
      const stateRows = new StateRows();
      for (const states of tables) {
        const table = new SocketTable(states.length);
        table.count = states.length;
        table.state.set(states.map((state) => KERNEL_STATE[state]));
        const rowsIn = stateRows.update(table);
        for (const state of OTHERS) {
          const rows = [...states.keys()].filter((row) => states[row] === state);
          expect([...rowsIn(state)]).toEqual(rows);
        }
      }
    }),
  );
});
