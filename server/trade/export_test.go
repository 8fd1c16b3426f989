package trade

// Number is tested on its own.
var Number = number
