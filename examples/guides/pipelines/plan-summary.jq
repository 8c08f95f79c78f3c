# Summarizes the changes of a plan: terraform show -json tfplan | jq -r -f plan-summary.jq
def listed: if length > 20 then .[:20] + ["and \(length - 20) more"] else . end | map("  - \(.)");
def section($title; $keys): if ($keys | length) == 0 then empty else "- \($title): \($keys | length)", ($keys | listed[]) end;
# The value of a map, or {} if it is not known.
def entries_of($value): if ($value | type) == "object" then $value else {} end;

# What happens to a resource, such as ["import", "update"]; an empty list means nothing.
def actions: [ (select(.previous_address) | "move"), (select(.change.importing) | "import"), (.change.actions[] | select(. != "no-op")) ];

[ .resource_changes[]? | select(.mode == "managed" and actions != []) ] as $changes
| if ($changes | length) == 0 then
    if any(.output_changes[]?; .actions != ["no-op"]) then "Only outputs change." else "No changes." end
  else
    $changes[]
    | .change as $c
    | "**\(.address)**: \(actions | join(", then "))",
      if .type != "openai_file_set" or $c.actions == ["forget"] then empty
      elif $c.after_unknown.files == true then "- files: known after apply"
      else
        entries_of($c.before.file_ids) as $old
        | (entries_of($c.after.files) + entries_of($c.after_unknown.files)) as $files
        | entries_of($c.after.file_ids) as $kept
        | entries_of($c.after.pending_deletion) as $waiting
        | ([ $c.before.deletion_policy, (select($c.actions | index("delete") | not) | $c.after.deletion_policy) ]
          | if index("keep") then "leave" else "delete" end) as $do
        | section("upload"; [ $files | keys[] | select($old[.] == null) ]),
          section("replace"; [ $files | keys[] | select($old[.] != null and $kept[.] != $old[.]) ]),
          section("remove"; [ $old | keys[] | select(in($files) | not) ]),
          section("\($do) earlier versions"; [ entries_of($c.before.pending_deletion) | to_entries[] | select(.key | in($waiting) | not) | .value ])
      end
  end
