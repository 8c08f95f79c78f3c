package provider

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// wholeNumber refuses a number that is not whole or not in a range. Arguments are numbers and not integers of the framework, because
// its error for a fraction blames the provider.
type wholeNumber struct{ min, max int64 }

// atLeast allows all whole numbers from a minimum.
func atLeast(minimum int64) wholeNumber { return wholeNumber{minimum, math.MaxInt64} }

func (v wholeNumber) Description(context.Context) string {
	if v.max == math.MaxInt64 {
		return fmt.Sprintf("must be a whole number of at least %d", v.min)
	}
	return fmt.Sprintf("must be a whole number between %d and %d", v.min, v.max)
}

func (v wholeNumber) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v wholeNumber) ValidateNumber(ctx context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if !known(req.ConfigValue) {
		return
	}
	given := req.ConfigValue.ValueBigFloat()
	n, accuracy := given.Int64()
	if accuracy != big.Exact || n < v.min || n > v.max {
		resp.Diagnostics.AddAttributeError(req.Path, "Number is not valid", fmt.Sprintf("%s is %s, but it %s.", req.Path, given.Text('g', -1), v.Description(ctx)))
	}
}

// number returns a whole number for the state.
func number(n int64) types.Number { return types.NumberValue(new(big.Float).SetInt64(n)) }

// whole returns a number that wholeNumber has allowed; 0 for null and unknown.
func whole(n types.Number) int64 {
	if unset(n) {
		return 0
	}
	i, _ := n.ValueBigFloat().Int64()
	return i
}
