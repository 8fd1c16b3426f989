package languages

// What the tests look at.
var (
	Languages = languages
	Phrases   = phrases
	Wanted    = wanted
)
