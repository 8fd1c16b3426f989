package fault

// ofServer are about the server itself: what is asked for is not wrong.
var ofServer = []Group{{
	Title: "The server", About: "Nothing is wrong with the request. After a request that changes something, `money_moved` says whether it may have taken effect.",
	Meanings: []Meaning{
		{"busy", Unavailable, "too much is sent or asked for at the same time", "try again in a moment", Later},
		{"database_unavailable", Unavailable, "the database cannot be used now", "repeat it under the same key", Later},
		{"request_timeout", Unavailable, "it took too long", "repeat it under the same key", Later},
		{"draining", Unavailable, "the server is shutting down", "ask another one", Later},
		{"not_ready", Unavailable, "the server cannot serve requests now; `reason` says why", "ask another one", Later},
		{"clock_skewed", Unavailable, "the clocks of the server and its database differ", "synchronise them", Never},
		{"internal_error", Internal, "a fault of the server", "report it with the request id", Never},
		{"secret_unreadable", Internal, "stored data cannot be decrypted", "give the server the old key", Never},
		{"bad_commit", Internal, "a fault of the server: a change was not sound, and nothing was written", "report it with the request id", Never},
	},
}}
