"""validate.py SCHEMA DOCUMENT - does the JSON document fit the schema?  Says where not; exit status 0 or 1."""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    document = json.load(file)
validator = jsonschema.validators.validator_for(schema)
validator.check_schema(schema)
faults = list(validator(schema).iter_errors(document))
for fault in faults:
    print("/".join(map(str, fault.absolute_path)), fault.message)
sys.exit(1 if faults else 0)
