// Package archtest holds the project's structure to its rules: which folder
// may import which, what production code must not contain, and that every
// dependency has its reason written down. It has tests only. A rule that no
// test checks does not last.
package archtest
