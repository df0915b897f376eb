#pragma once

// The bodies of Evaluator, for the few files that instantiate it.

#include "fhirpath/evaluate_core.h"
#include "fhirpath/evaluate_equality.h"
#include "fhirpath/evaluate_factory.h"
#include "fhirpath/evaluate_fhir.h"
#include "fhirpath/evaluate_filtering.h"
#include "fhirpath/evaluate_navigation.h"
#include "fhirpath/evaluate_operators.h"
#include "fhirpath/evaluate_utility.h"
#include "fhirpath/evaluate_values.h"
