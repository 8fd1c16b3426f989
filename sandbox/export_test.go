package sandbox

// OnlineRefusal is the error code that a call's move answers in a state, or "" when it is allowed there.
func OnlineRefusal(m *onlineMove, state string) string { return m.refusal(&online{}, state) }

// OnlineMoves are the moves that calls make, by name.
func OnlineMoves() map[string]*onlineMove {
	return map[string]*onlineMove{
		"join": onlineJoin, "reject": onlineReject, "cancel": onlineCancel, "cancel paid": onlineCancelPaid,
		"pay": onlinePay, "accept payment": onlineAcceptPayment, "extend": onlineExtend, "track": onlineTrack,
		"deliver": onlineDeliver, "complain": onlineComplain, "end period": onlineEndPeriod,
		"resolve for the seller": onlineResolveRelease, "resolve for the buyer": onlineResolveRefund,
	}
}

// KnownCode tells whether a code has a status and a text.
func KnownCode(code string) bool {
	_, ok := refusals[code]
	return ok
}
