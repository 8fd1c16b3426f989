// Package browsertest opens the pages of a testbed in a real Chromium: what a person
// clicks there must move the engine's deals. It is tests only.
package browsertest
