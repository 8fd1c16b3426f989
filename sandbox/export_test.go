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

// Row is one row of the table of operations or of control calls.
type Row struct {
	Name, Method, Path string
	Success            int
}

// Rows are all operations and, with names that start with "control", all control calls. Paths are as the mux has them.
func Rows() []Row {
	var rows []Row
	for _, op := range operations() {
		rows = append(rows, Row{op.name, op.method, "/api/v1" + op.path, op.success})
	}
	for _, c := range kind().AllControls() {
		rows = append(rows, Row{"control " + c.Method + " " + c.Path, c.Method, "/_sandbox" + c.Path, 200})
	}
	return rows
}

// FaceRefusal and FaceMoves are like their online twins.
func FaceRefusal(m *faceMove, state string) string { return m.refusal(&face{}, state) }

// FaceMoves are the moves of the face-to-face model that calls make, by name.
func FaceMoves() map[string]*faceMove {
	return map[string]*faceMove{
		"join": faceJoin, "reject": faceReject, "cancel": faceCancel, "cancel paid": faceCancelPaid, "pay deposit": facePayDeposit,
		"accept deposit": faceAcceptDeposit, "skip": faceSkip, "price": faceSetPrice, "pay remainder": facePayRemainder,
		"seller's handover": faceHandoverBySeller, "buyer's handover": faceHandoverByBuyer, "complain": faceComplain,
		"end period": faceEndPeriod, "resolve for the seller": faceResolveRelease, "resolve for the buyer": faceResolveRefund,
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
