# The same as "dotnet run build.cs -- VERB [options]" for PowerShell users: forwards every argument and ends with the same exit code.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

& dotnet run "$PSScriptRoot/build.cs" -- @args
exit $LASTEXITCODE
