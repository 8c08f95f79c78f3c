package jsonl

// evals are the rules of data for evaluations. What item holds is up to the schema of the evaluation.
type evals struct{}

func (evals) keepDepth() int { return 1 }

func (evals) line(f *findings, v value) {
	top("item").is(f, v.member("item"), object)
	top("sample").optional(f, v.member("sample"), object)
}

func (evals) end(f *findings, examples int, _ int64) {
	if examples == 0 {
		f.warnFile("no items")
	}
}
