package provider

import "strconv"

// thousands writes a number as 12,345.
func thousands[N int | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// count writes a number and what it counts: 1 file, 2 files.
func count[N int | int64](n N, what string) string {
	if n != 1 {
		what += "s"
	}
	return thousands(n) + " " + what
}
