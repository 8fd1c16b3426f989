package sandbox

import "github.com/handsel-dev/handsel/sandbox/internal/stage"

// OnlineRefusal is the error code that a call's move answers in a state, or "" when it is allowed there.
func OnlineRefusal(m *onlineMove, state string) string { return m.refusal(&online{}, state) }

// OnlineMoves are the moves that calls make, by name.
func OnlineMoves() map[string]*onlineMove {
	return map[string]*onlineMove{
		"join": onlineJoin, "reject": onlineReject, "cancel": onlineCancel, "cancel paid": onlineCancelPaid,
		"accept listing": onlineCreatorAccepts, "reject listing": onlineCreatorRejects, "order issue": onlineRaiseIssue,
		"pay": onlinePay, "accept payment": onlineAcceptPayment, "extend": onlineExtend, "track": onlineTrack,
		"deliver": onlineDeliver, "complain": onlineComplain, "end period": onlineEndPeriod,
		"resolve for the seller": onlineResolveRelease, "resolve for the buyer": onlineResolveRefund,
	}
}

// KnownCode tells whether a code has a status and a text.
func KnownCode(code string) bool {
	_, ok := refusals[code]
	return ok || stage.Refuse(code).Message != stage.Refuse("").Message
}

// Row is one row of the table of routes or of control calls.
type Row struct {
	Name, Method, Path string
	Success            int
}

// Rows are all routes and, with names that start with "control", all control calls. Paths are as the mux has them.
func Rows() []Row {
	var rows []Row
	for _, op := range routes() {
		rows = append(rows, Row{op.name, op.method, "/api/v1" + op.path, op.success})
	}
	for _, c := range kind().AllControls() {
		rows = append(rows, Row{"control " + c.Method + " " + c.Path, c.Method, "/_sandbox" + c.Path, 200})
	}
	return rows
}

// FaceRefusal and FaceMoves are like their online twins.
func F2FRefusal(m *f2fMove, state string) string { return m.refusal(&f2f{}, state) }

// FaceMoves are the moves of the face-to-face model that calls make, by name.
func F2FMoves() map[string]*f2fMove {
	return map[string]*f2fMove{
		"join": f2fJoin, "reject": f2fReject, "cancel": f2fCancel, "cancel paid": f2fCancelPaid, "pay deposit": f2fPayDeposit,
		"accept deposit": f2fAcceptDeposit, "skip": f2fSkip, "price": f2fSetPrice, "pay remainder": f2fPayRemainder,
		"seller's handover": f2fHandoverBySeller, "buyer's handover": f2fHandoverByBuyer, "complain": f2fComplain,
		"end period": f2fEndPeriod, "resolve for the seller": f2fResolveRelease, "resolve for the buyer": f2fResolveRefund,
	}
}

// Ambiguous are the states that a move refuses with more than one code.
func Ambiguous[T any](m *move[T]) []string {
	count := map[string]int{}
	for _, states := range m.refuse {
		for _, state := range states {
			count[state]++
		}
	}
	var twice []string
	for state, n := range count {
		if n > 1 {
			twice = append(twice, state)
		}
	}
	return twice
}
