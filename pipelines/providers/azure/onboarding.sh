# Lets Finhouse read the cost exports of one scope, and nothing else.
#
# Run it in Cloud Shell, or anywhere after `az login`, as an owner of the storage account and a
# Cost Management Contributor of the scope. It is safe to run again.
set -euo pipefail

# VALUES

: "${STORAGE_ACCOUNT:?Write the name of the storage account the exports go to.}"
: "${CONTAINER:?Write the name of the container the exports go to.}"
: "${SCOPE:?Write the scope, for example /providers/Microsoft.Billing/billingAccounts/1234567 or /subscriptions/GUID.}"

echo "1/4 The container the exports go to"
account_id=$(az storage account show --name "$STORAGE_ACCOUNT" --query id --output tsv)
container_id="$account_id/blobServices/default/containers/$CONTAINER"
az rest --method put --url "https://management.azure.com$container_id?api-version=2023-05-01" \
  --body '{}' --output none

echo "2/4 An app registration with a service principal"
client_id=$(az ad app list --display-name "$APP_NAME" --query '[0].appId' --output tsv)
if [ -z "$client_id" ]; then
  client_id=$(az ad app create --display-name "$APP_NAME" --query appId --output tsv)
fi
principal_id=$(az ad sp list --filter "appId eq '$client_id'" --query '[0].id' --output tsv)
if [ -z "$principal_id" ]; then
  principal_id=$(az ad sp create --id "$client_id" --query id --output tsv)
fi

echo "3/4 Its reader role, on this container alone"
az role assignment create --assignee-object-id "$principal_id" \
  --assignee-principal-type ServicePrincipal --role "$STORAGE_ROLE" --scope "$container_id" \
  --output none

echo "4/4 The daily exports"
az provider register --namespace Microsoft.CostManagementExports --wait

# $1: the export's name. $2: its type.
create_export() {
  local body
  body=$(cat <<JSON
{"properties": {
  "schedule": {"status": "Active", "recurrence": "Daily", "recurrencePeriod": {
    "from": "$(date -u +%Y-%m-%dT00:00:00Z)", "to": "2099-12-31T00:00:00Z"}},
  "format": "Csv", "compressionMode": "gzip", "partitionData": true,
  "dataOverwriteBehavior": "OverwritePreviousReport",
  "deliveryInfo": {"destination": {"resourceId": "$account_id", "container": "$CONTAINER",
    "rootFolderPath": "$DIRECTORY"}},
  "definition": {"type": "$2", "timeframe": "MonthToDate", "dataSet": {"granularity": "Daily"}}}}
JSON
  )
  az rest --method put --output none --body "$body" \
    --url "https://management.azure.com$SCOPE/providers/Microsoft.CostManagement/exports/$1?api-version=2023-08-01"
}

create_export "$EXPORT" ActualCost
create_export "$AMORTIZED_EXPORT" AmortizedCost

# A secret is made only where somebody wants one: a managed identity needs none.
if [ -n "$SECRET_FILE" ]; then
  umask 077
  az ad app credential reset --id "$client_id" --display-name finhouse --years 1 --append \
    --query '{tenant_id: tenant, client_id: appId, client_secret: password}' \
    --output json > "$SECRET_FILE"
fi

cat <<DONE

Finhouse reads the exports after their first run, within a day:
  finhouse connection add Azure --provider azure --dataset cost --export "$EXPORT" \\
    --option amortized_export="$AMORTIZED_EXPORT" \\
    --location "https://$STORAGE_ACCOUNT.blob.core.windows.net/$CONTAINER/$DIRECTORY"
With the secret: move $SECRET_FILE to the machine and add --secret file:/its/place.
DONE
