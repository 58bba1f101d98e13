// All checks that ask the compiler are in this one file, as each test file is run on its own, and would have to make
// the program again: that takes longer than the checks.
import './documented.ts';
import './dom-globals.ts';
import './examples-compile.ts';
import './public-names.ts';
