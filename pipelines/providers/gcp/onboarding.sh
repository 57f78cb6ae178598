# Lets Finhouse read one dataset of billing exports, and nothing else.
#
# Run it in Cloud Shell, or anywhere after `gcloud auth login`, as an owner of the project.
# It is safe to run again.
set -euo pipefail

# VALUES

: "${PROJECT:?Write the id of the project that is to hold the export.}"

echo "1/4 BigQuery"
gcloud services enable bigquery.googleapis.com --project "$PROJECT"

echo "2/4 The dataset the export goes to"
if ! bq --project_id="$PROJECT" show --dataset "$PROJECT:$DATASET" > /dev/null 2>&1; then
  bq --project_id="$PROJECT" --location="$REGION" mk --dataset \
    --description "Cloud Billing export" "$PROJECT:$DATASET"
fi

echo "3/4 A service account"
account="$ACCOUNT_NAME@$PROJECT.iam.gserviceaccount.com"
if ! gcloud iam service-accounts describe "$account" --project "$PROJECT" > /dev/null 2>&1; then
  gcloud iam service-accounts create "$ACCOUNT_NAME" --project "$PROJECT" \
    --display-name "Finhouse reads billing exports"
fi

echo "4/4 Its roles: to run queries, and to read this dataset alone"
gcloud projects add-iam-policy-binding "$PROJECT" --member "serviceAccount:$account" \
  --role "$JOB_ROLE" --condition None > /dev/null
bq --project_id="$PROJECT" --location="$REGION" query --use_legacy_sql=false \
  "GRANT \`$DATA_ROLE\` ON SCHEMA \`$PROJECT\`.\`$DATASET\` TO \"serviceAccount:$account\""

# A key is made only where somebody wants one: a machine in Google Cloud needs none.
if [ -n "$KEY_FILE" ]; then
  umask 077
  gcloud iam service-accounts keys create "$KEY_FILE" --iam-account "$account"
fi

cat <<DONE

Google has no command that turns the export on. Do it in the console, once:
  https://console.cloud.google.com/billing/export
  Detailed usage cost, project $PROJECT, dataset $DATASET
Google fills the table within a day; its name begins with gcp_billing_export_resource_v1_:
  finhouse connection add GCP --provider gcp --dataset detailed --export TABLE \\
    --location "bigquery://$PROJECT/$DATASET"
With the key: move $KEY_FILE to the machine and add --secret file:/its/place.
DONE
