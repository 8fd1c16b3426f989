package bench

// Ratio compares two ways with the same number of workers.
type Ratio struct {
	Name    string // "apply:raw"
	Workers int
	Percent int64 // 100 means equally fast
}

// Ratios are the comparisons that the design sets targets for.
func Ratios(results []Result) []Ratio {
	var ratios []Ratio
	for _, c := range []struct{ name, way, to string }{
		{"apply:raw", Apply, OneTrip},
		{"apply:separate", Apply, Separate},
		{"one-fee:apply", ApplyOneFee, Apply},
		{"sqlite-grouped:single", Grouped, Ungrouped},
	} {
		for _, a := range results {
			for _, b := range results {
				if a.Way == c.way && b.Way == c.to && a.Workers == b.Workers && b.PerSecond > 0 {
					ratios = append(ratios, Ratio{c.name, a.Workers, a.PerSecond * 100 / b.PerSecond})
				}
			}
		}
	}
	return ratios
}
