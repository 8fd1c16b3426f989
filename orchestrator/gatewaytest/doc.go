// Package gatewaytest tries an adapter of a gateway, whoever wrote it: an implementation of
// orchestrator.Gateway has to answer every call in the way on which the engine relies, above all
// when an answer is late, broken or lost.
//
// A test calls Run with a Config. Its Open makes the adapter beside a fresh account at an
// emulator of the gateway, or at the gateway's own sandbox, and builds it on the transport that
// the suite hands over: through that the suite loses requests and answers. Nothing else of
// Handsel is needed, and nothing from its internal folders.
//
// Every check is a subtest with a name such as "lost_answer/capture". One that a gateway cannot pass
// stands in Config.Exceptions with the reason. It is run all the same: a declared exception that
// passes fails the test, so that none outlives its reason.
//
// What Config.Effects counts is the truth about money, read past the adapter. What the adapter says
// is held against it: no answer may call something refused, or not sent, that happened, and no repeat
// that the engine would send may move money twice.
package gatewaytest
